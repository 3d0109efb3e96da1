/// Questions and answers from a JSONL file: one object a line, with a prompt and an answer column.
///
/// Tokens are the file's characters. A completion is right when it equals the answer, spaces around either
/// aside. Of eight lines or more, every eighth is held out for evaluation; of fewer, all are used for both.
struct Dataset: RewardTask {
  let call: String
  let tokenizer: Tokenizer
  let maxNewTokens: Int
  private let training: [TaskExample]
  private let evaluation: [TaskExample]

  var name: String { "dataset" }

  static let card = TaskCard(
    name: "dataset", summary: "prompts and answers from a JSONL file",
    example: #"{"prompt": "2+2=", "answer": "4"}"#,
    parameters: [
      Parameter(
        "path", nil, symbol: "path", "the file, one JSON object a line", source: "yours", .anyText),
      Parameter(
        "prompt", .text("prompt"), symbol: "prompt", "the column with prompts", source: "chosen here",
        .anyText),
      Parameter(
        "answer", .text("answer"), symbol: "answer", "the column with answers", source: "chosen here",
        .anyText),
    ],
    build: { arguments, call in
      try Dataset(
        path: arguments.text("path"), prompt: arguments.text("prompt"), answer: arguments.text("answer"),
        call: call)
    })

  /// Reads the file; throws an error with the file's name and the line at fault.
  init(path: String, prompt: String, answer: String, call: String) throws {
    let bytes = try FileContents.bytes(path, for: "dataset")
    var examples: [TaskExample] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if index & 1023 == 1023 { try Interrupt.check("dataset") }
      if line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { continue }
      let place = "\(path), line \(index + 1)"
      let object: JSON
      do {
        object = try JSON.parse(line)
      } catch {
        throw EngineError(.file, "dataset", "\(place), column \(error.offset + 1): \(error.message)")
      }
      guard case .object(let fields) = object else {
        throw EngineError(.file, "dataset", "\(place): expected an object, got \(object.kind)")
      }
      let names = fields.map(\.name)
      let question = try Dataset.text(object, prompt, names, place)
      guard !question.isEmpty else {
        throw EngineError(.file, "dataset", "\(place): the prompt is empty")
      }
      examples.append(
        TaskExample(prompt: question, answer: trimmed(try Dataset.text(object, answer, names, place))))
    }
    guard !examples.isEmpty else {
      throw EngineError(
        .file, "dataset", "\(path) has no examples",
        hint: "each line is an object with \(prompt) and \(answer)")
    }
    self.call = call
    self.tokenizer = Tokenizer(charactersOf: examples.flatMap { [$0.prompt, $0.answer] })
    self.maxNewTokens = (examples.map(\.answer.count).max() ?? 0) + 1
    let holdsOut = examples.count >= 8
    self.training = holdsOut ? examples.enumerated().filter { $0.offset % 8 != 7 }.map(\.element) : examples
    self.evaluation = holdsOut ? examples.enumerated().filter { $0.offset % 8 == 7 }.map(\.element) : examples
  }

  private static func text(
    _ object: JSON, _ column: String, _ names: [String], _ place: String
  ) throws -> String {
    guard let value = object[column] else {
      throw EngineError(
        .file, "dataset", "\(place): there is no column \"\(column)\"",
        hint: names.isEmpty ? nil : "the line has \(names.joined(separator: ", "))")
    }
    switch value {
    case .string(let text): return text
    case .number(let number): return ParameterValue.number(number).description
    case .null, .bool, .array, .object:
      throw EngineError(
        .file, "dataset", "\(place): \"\(column)\" is \(value.kind), expected a text or a number")
    }
  }

  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample {
    let pool =
      switch split {
      case .training, .supervised: training
      case .evaluation: evaluation
      }
    return draws.pick(pool) ?? TaskExample(prompt: "", answer: "")
  }

  func verify(_ completion: String, _ example: TaskExample) -> Double {
    trimmed(completion) == trimmed(example.answer) ? 1 : 0
  }
}

/// `text` without white space at its ends.
private func trimmed(_ text: String) -> String {
  let start = text.drop(while: \.isWhitespace)
  guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
  return String(start[...last])
}
