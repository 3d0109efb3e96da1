import Testing

@testable import Engine

@Suite struct DatasetTests {
  /// Writes `text` to a new file and gives its path to `body`.
  func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    var template = Array("/tmp/rls-dataset-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { unlink(path) }
    let bytes = Array(text.utf8)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
    return try body(path)
  }

  func load(_ text: String, _ arguments: [String: ParameterValue] = [:]) throws -> any RewardTask {
    try withFile(text) { path in
      try #require(TaskCatalog.card("dataset")).make(arguments.merging(["path": .text(path)]) { a, _ in a })
    }
  }

  func message(_ text: String, _ arguments: [String: ParameterValue] = [:]) -> String {
    do {
      _ = try load(text, arguments)
      return ""
    } catch let error as EngineError { return error.message } catch { return "\(error)" }
  }

  @Test func `questions and answers come from the named columns`() throws {
    let task = try load(
      #"{"question": "2+2=", "answer": 4}"# + "\n\n" + #"{"question": "café?", "answer": " oui "}"# + "\r\n",
      ["prompt": .text("question")])
    let examples = try task.examples(.training, count: 50, seed: 0)
    #expect(Set(examples.map(\.prompt)) == ["2+2=", "café?"])
    #expect(Set(examples.map(\.answer)) == ["4", "oui"])
    #expect(task.maxNewTokens == 4)
    #expect(task.verify(" oui", TaskExample(prompt: "", answer: "oui")) == 1)
    #expect(task.verify("ou", TaskExample(prompt: "", answer: "oui")) == 0)
  }

  @Test func `every eighth line is held out`() throws {
    let lines = (0..<24).map { #"{"prompt": "p\#($0)", "answer": "a"}"# }.joined(separator: "\n")
    let task = try load(lines)
    #expect(Set(try task.examples(.evaluation, count: 200, seed: 0).map(\.prompt)) == ["p7", "p15", "p23"])
    #expect(Set(try task.examples(.training, count: 600, seed: 0).map(\.prompt)).count == 21)
  }

  @Test func `all lines of a prompt are on one side`() throws {
    let lines = (0..<48).map { #"{"prompt": "p\#($0 % 16)", "answer": "a\#($0)"}"# }.joined(separator: "\n")
    let task = try load(lines)
    let held = Set(try task.examples(.evaluation, count: 200, seed: 0).map(\.prompt))
    #expect(held == ["p7", "p15"])
    #expect(held.isDisjoint(with: try task.examples(.training, count: 600, seed: 0).map(\.prompt)))
    #expect(try !load(#"{"prompt": "p", "answer": "a"}"#).holdsOut)
  }

  @Test func `errors name the file, the line and the cause`() throws {
    let good = #"{"prompt": "a", "answer": "b"}"#
    #expect(message("").hasSuffix("has no examples"))
    #expect(message("\n \n").hasSuffix("has no examples"))
    #expect(
      message(good + "\n{\"prompt\": ").contains(
        "line 2, column 12: expected a value, got the end of the text"))
    #expect(message(good + "\n[1]").hasSuffix("line 2: expected an object, got a list"))
    #expect(message(#"{"prompt": "a"}"#).hasSuffix(#"line 1: there is no column "answer""#))
    #expect(
      message(#"{"prompt": "a", "answer": [1]}"#).hasSuffix(
        #""answer" is a list, expected a text or a number"#))
    #expect(message(#"{"prompt": "", "answer": "b"}"#).hasSuffix("line 1: the prompt is empty"))
    let card = try #require(TaskCatalog.card("dataset"))
    for (path, cause) in [("/nowhere/at.all", "there is no such file"), ("/tmp", "is a folder")] {
      do {
        _ = try card.make(["path": .text(path)])
        Issue.record("no error for \(path)")
      } catch let error as EngineError {
        #expect(error.kind == .file && error.message.contains(cause) && error.message.contains(path))
      }
    }
  }
}

@Suite struct JSONTests {
  func parse(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8)) }

  @Test func `values of every kind`() throws {
    #expect(
      try parse(#" {"a": [1, -2.5e3, true, false, null], "b": "x\n\u00e9\ud83d\ude00\/"} "#)
        == .object([
          .init(name: "a", value: .array([.number(1), .number(-2500), .bool(true), .bool(false), .null])),
          .init(name: "b", value: .string("x\né😀/")),
        ]))
    #expect(try parse("[]") == .array([]))
    #expect(try parse("{}") == .object([]))
    #expect(try parse("0.1") == .number(0.1))
  }

  @Test func `what is no JSON is refused`() throws {
    for text in [
      "", " ", "01", "1.", ".5", "+1", "1e", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{a:1}",
      "{\"a\":1,\"a\":2}",
      "\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"", "\"\t\"", "tru", "nulll", "1 1", "NaN", "'a'",
      String(repeating: "[", count: 10_000),
    ] { #expect(throws: JSON.SyntaxError.self, "\(text.prefix(20))") { try parse(text) } }
    #expect(throws: JSON.SyntaxError.self) { try JSON.parse([34, 0xFF, 34] as [UInt8]) }
  }
}
