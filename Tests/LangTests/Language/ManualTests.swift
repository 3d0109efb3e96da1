import Testing

@testable import Lang

/// The examples of pages whose blocks stand alone.
@Suite struct ManualTests {
  /// Every block between fences marked `rls`, as a program of its own.
  static let examples = ["language.md", "claims.md", "editors.md"].flatMap(read)

  private static func read(_ page: String) -> [AnnotatedProgram] {
    guard let lines = try? readLines("docs/\(page)") else { return [] }
    var examples: [AnnotatedProgram] = []
    var start: Int?
    for (i, line) in lines.enumerated() {
      if let first = start, line == "```" {
        examples.append(AnnotatedProgram(lines[first..<i], place: "\(page):\(first + 1)"))
        start = nil
      } else if line == "```rls" {
        start = i + 1
      }
    }
    return examples
  }

  /// A page whose blocks go on from one another.
  @Test func `the page on mixtures of experts runs from top to bottom`() throws {
    let lines = try readLines("docs/experts.md")
    var isProgram = false
    let program = lines.filter { line in
      defer { if line.hasPrefix("```") { isProgram = line == "```rls" } }
      return isProgram && line != "```"
    }
    AnnotatedProgram(program[...], place: "docs/experts.md").check()
  }

  @Test(arguments: examples) func `examples show what the manual says`(example: AnnotatedProgram) {
    #expect(example.expectsSomething, "\(example.place) expects nothing")
    example.check()
  }

  @Test func `the manual has examples`() {
    #expect(ManualTests.examples.count >= 40)
  }

  @Test func `the grammar names every word of the language and every symbol`() throws {
    let text = try readLines("docs/language.md").joined(separator: "\n")
    for word in Keyword.allCases { #expect(text.contains("`\(word.rawValue)`"), "\(word)") }
    for symbol in Symbol.allCases { #expect(text.contains(symbol.rawValue), "\(symbol)") }
  }
}
