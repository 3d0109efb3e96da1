import Engine
import Foundation
import Testing

@testable import Shell

/// `rls lsp`, through pipes.
@Suite struct LanguageServerTests {
  /// A conversation: all messages go in at once, and the answers come when the server has ended.
  static func talk(_ messages: [JSON], raw: String = "") throws -> (answers: [JSON], status: Int32?) {
    let input = messages.map { framed($0.line) }.joined() + raw
    let run = try ChildProcess.run(["lsp"], input: input)
    var answers: [JSON] = []
    var rest = Array(run.output.utf8)[...]
    while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
      let header = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
      let length = try #require(Int(header.dropFirst("Content-Length: ".count)))
      answers.append(try JSON.parse(rest[end.upperBound...].prefix(length)))
      rest = rest[end.upperBound...].dropFirst(length)
    }
    #expect(rest.isEmpty)
    return (answers, run.status)
  }

  static func framed(_ text: String) -> String { "Content-Length: \(text.utf8.count)\r\n\r\n\(text)" }

  static func request(_ id: Int, _ method: String, _ parameters: JSON = [:]) -> JSON {
    ["jsonrpc": "2.0", "id": JSON(id), "method": .string(method), "params": parameters]
  }

  static func note(_ method: String, _ parameters: JSON = [:]) -> JSON {
    ["jsonrpc": "2.0", "method": .string(method), "params": parameters]
  }

  static func opened(_ text: String) -> JSON {
    note(
      "textDocument/didOpen",
      [
        "textDocument": [
          "uri": "file:///tmp/a.rls", "languageId": "rls", "version": 1, "text": .string(text),
        ]
      ])
  }

  static func place(_ line: Int, _ column: Int) -> JSON {
    [
      "textDocument": ["uri": "file:///tmp/a.rls"],
      "position": ["line": JSON(line), "character": JSON(column)],
    ]
  }

  /// The answers to requests about a document, in order.
  static func ask(_ text: String, _ requests: [(method: String, place: JSON)]) throws -> [JSON] {
    let middle = requests.enumerated().map { request($0 + 2, "textDocument/" + $1.method, $1.place) }
    let (answers, status) = try talk(
      [request(1, "initialize"), note("initialized"), opened(text)] + middle
        + [request(99, "shutdown"), note("exit")])
    #expect(status == 0)
    return answers.filter { (2..<99).contains($0["id"]?.wholeNumber ?? 0) }.compactMap { $0["result"] }
  }

  @Test func `a conversation begins and ends as the protocol has it`() throws {
    let (answers, status) = try LanguageServerTests.talk([
      LanguageServerTests.request(1, "initialize"), LanguageServerTests.note("initialized"),
      LanguageServerTests.request(2, "shutdown"), LanguageServerTests.note("exit"),
    ])
    #expect(status == 0 && answers.count == 2)
    #expect(answers[0]["result"]?["capabilities"]?["hoverProvider"] == true)
    #expect(answers[1] == ["jsonrpc": "2.0", "id": 2, "result": .null])
    #expect(try LanguageServerTests.talk([LanguageServerTests.note("exit")]).status == 1)
    #expect(try LanguageServerTests.talk([]).status == 1)
  }

  @Test func `what is wrong with a document is told when it is opened and when it changes`() throws {
    let (answers, _) = try LanguageServerTests.talk([
      LanguageServerTests.request(1, "initialize"), LanguageServerTests.opened("é = \"😀\"; y = sapoo()\n"),
      LanguageServerTests.note(
        "textDocument/didChange",
        [
          "textDocument": ["uri": "file:///tmp/a.rls", "version": 2],
          "contentChanges": [["text": "x = 1\n"]],
        ]),
    ])
    guard case .array(let found)? = answers[1]["params"]?["diagnostics"], let first = found.first else {
      Issue.record("no diagnostics: \(answers)")
      return
    }
    #expect(found.count == 1)
    // Columns count units of UTF-16: the picture in the text has two.
    #expect(first["range"]?["start"] == ["line": 0, "character": 14])
    #expect(first["range"]?["end"] == ["line": 0, "character": 19])
    #expect(first["message"]?.string == "unknown name `sapoo`\nhelp: did you mean `sapo`?")
    #expect(answers[2]["params"]?["diagnostics"] == [] && answers[2]["params"]?["version"] == 2)
  }

  @Test
  func `hover, definition, completion, symbols and formatting answer from the document and the builtins`()
    throws
  {
    let text = "# Twice as much.\nfn twice(x) = 2*x\ny = twice(3)\nprint \"\\(y)\"\nsapo(tau\n"
    let answers = try LanguageServerTests.ask(
      text,
      [
        ("hover", LanguageServerTests.place(2, 6)), ("hover", LanguageServerTests.place(4, 2)),
        ("definition", LanguageServerTests.place(2, 6)), ("definition", LanguageServerTests.place(1, 16)),
        ("definition", LanguageServerTests.place(3, 9)), ("completion", LanguageServerTests.place(4, 8)),
        ("documentSymbol", LanguageServerTests.place(0, 0)), ("formatting", LanguageServerTests.place(0, 0)),
      ])
    #expect(answers.count == 8)
    #expect(answers[0]["contents"]?["value"]?.string == "```rls\nfn twice(x)\n# Twice as much.\n```")
    #expect(answers[1]["contents"]?["value"]?.string?.contains("sapo(tau_pos = 1") == true)
    #expect(answers[2]["range"]?["start"] == ["line": 1, "character": 3])
    #expect(answers[3]["range"]?["start"] == ["line": 1, "character": 9])
    #expect(answers[4]["range"]?["start"] == ["line": 2, "character": 0])
    guard case .array(let offered) = answers[5], case .array(let symbols) = answers[6] else {
      Issue.record("\(answers)")
      return
    }
    #expect(offered.compactMap { $0["label"]?.string } == ["tau_pos: ", "tau_neg: "])
    #expect(offered.allSatisfy { $0["detail"]?.string?.isEmpty == false })
    #expect(symbols.compactMap { $0["name"]?.string } == ["twice", "y"])
    // The document does not parse, so it stays as it is.
    #expect(answers[7] == .null)
    #expect(
      try LanguageServerTests.ask("x=1", [("formatting", LanguageServerTests.place(0, 0))]) == [
        [
          [
            "range": ["start": ["line": 0, "character": 0], "end": ["line": 0, "character": 3]],
            "newText": "x = 1\n",
          ]
        ]
      ])
  }

  @Test func `nonsense is refused, and the conversation goes on`() throws {
    let (answers, _) = try LanguageServerTests.talk(
      [
        LanguageServerTests.request(1, "textDocument/hover"), LanguageServerTests.request(2, "initialize"),
        LanguageServerTests.request(3, "unknown"), LanguageServerTests.request(4, "textDocument/hover"),
        LanguageServerTests.note("unknown"), ["id": 5],
      ],
      raw: LanguageServerTests.framed("{")
        + LanguageServerTests.framed(LanguageServerTests.request(6, "shutdown").line))
    #expect(
      answers.map { $0["error"]?["code"]?.wholeNumber } == [-32002, nil, -32601, -32602, -32700, nil])
  }
}
