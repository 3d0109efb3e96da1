import Engine
import Testing

@testable import Lang

/// The files under `editors`, which repeat the words of the language.
@Suite struct EditorFileTests {
  static let words = Set(Keyword.allCases.map(\.rawValue))

  private static func read(_ path: String) throws -> String {
    try FileContents.text("\(SourceTree.root)/editors/\(path)", for: "test")
  }

  @Test func `the TextMate grammar has the words of the language and no others`() throws {
    let grammar = try JSON.parse(EditorFileTests.read("vscode/syntaxes/rls.tmLanguage.json").utf8)
    let patterns = try #require(grammar["repository"]?["keyword"]?["patterns"])
    guard case .array(let items) = patterns else {
      Issue.record("no patterns: \(patterns)")
      return
    }
    let lists = items.compactMap { $0["match"]?.string?.dropFirst("\\b(?:".count).dropLast(")\\b".count) }
    let found = lists.flatMap { $0.split(separator: "|").map(String.init) }
    #expect(Set(found).union(["fn"]) == EditorFileTests.words)
    #expect(Set(found).count == found.count)
    #expect(grammar["repository"]?["function"]?["match"]?.string?.contains("\\b(fn)\\b") == true)
  }

  @Test func `Neovim's syntax has the words of the language and no others`() throws {
    let lines = try EditorFileTests.read("nvim/syntax/rls.vim").split(separator: "\n")
    let found = lines.filter { $0.hasPrefix("syntax keyword") }.flatMap {
      $0.split(separator: " ").dropFirst(3).map(String.init)
    }
    #expect(Set(found) == EditorFileTests.words && found.count == EditorFileTests.words.count)
  }
}
