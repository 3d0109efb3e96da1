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

  @Test func `the tree-sitter grammar has the words of the language, and its scanner the commands`() throws {
    func quoted(in path: String, from start: String, to end: String) throws -> [String] {
      let text = try EditorFileTests.read("tree-sitter-rls/\(path)")
      let list = try #require(text.firstRange(of: start).map { text[$0.upperBound...] })
      let whole = try #require(list.firstRange(of: end).map { list[..<$0.lowerBound] })
      return whole.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
    }
    let words = try quoted(in: "grammar.js", from: "WORDS = [", to: "]")
    #expect(Set(words) == EditorFileTests.words && words.count == EditorFileTests.words.count)
    let commands = try quoted(in: "src/scanner.c", from: "commands[] = {", to: "}")
    #expect(Set(commands) == BuiltinCatalog.shared.commands)
  }
}
