/// Questions and answers from a JSONL file: one object per line, with a prompt and an answer column.
///
/// Further columns of numbers or texts travel with their questions into rewards, rollouts and evaluations.
///
/// Tokens are the file's characters. A completion is right when it equals the answer, spaces around either
/// aside. Every eighth different prompt is held out for evaluation, with all its lines; of fewer than eight, all are
/// used for both.
struct Dataset: RewardTask {
  let call: String
  let tokenizer: any Tokenizer
  let maxNewTokens: Int
  let holdsOut: Bool
  private let training: [TaskExample]
  private let evaluation: [TaskExample]

  var name: String { "dataset" }
  var identity: String {
    let content = (training + evaluation).map { "\($0.prompt)\0\($0.answer)\0\($0.columns)" }
      .joined(separator: "\0")
    return "\(call) of content \(String(TextHash.of(content), radix: 16))"
  }

  static let card = TaskCard(
    name: "dataset", summary: "prompts and answers from a JSONL file",
    example: #"{"prompt": "2+2=", "answer": "4"}"#,
    heldOut: "every eighth different prompt of the file, with all its lines; spaces around a prompt aside",
    build: { parameter in
      let path = parameter(
        "path", symbol: "path", "the file, one JSON object per line", source: "yours", .file)
      let prompt = parameter(
        "prompt", "prompt", symbol: "prompt", "the column with prompts", source: "chosen here", .anyText)
      let answer = parameter(
        "answer", "answer", symbol: "answer", "the column with answers", source: "chosen here", .anyText)
      return { arguments, call in
        try Dataset(
          path: arguments[path], prompt: arguments[prompt], answer: arguments[answer],
          call: call)
      }
    })

  /// Reads the file; throws an error with the file's name and the line at fault.
  init(path: String, prompt: String, answer: String, call: String) throws {
    let examples = try JSONLines.read(path, for: "dataset") { line in
      let question = try line.text(prompt)
      guard !question.isEmpty else { throw line.failure("the prompt is empty") }
      return TaskExample(
        prompt: question, answer: trimmed(try line.text(answer)), key: trimmed(question),
        columns: try line.names.filter { $0 != prompt && $0 != answer }.map {
          (name: $0, value: try line.value($0))
        })
    }
    guard !examples.isEmpty else {
      throw EngineError(
        .file, "dataset", "\(path) has no examples",
        hint: "each line is an object with \(prompt) and \(answer)")
    }
    for example in examples where example.columns.map(\.name) != examples[0].columns.map(\.name) {
      throw EngineError(
        .file, "dataset", "\(path): the columns of \"\(example.prompt)\" are not those of the first line",
        hint: "every line has the same columns, in the same order")
    }
    if let name = examples[0].columns.map(\.name).first(where: { Column.named($0) != nil }) {
      throw EngineError(
        .file, "dataset", "\(path): the column \"\(name)\" has the name of one that every rollout has",
        hint: "rename it in the file")
    }
    self.call = call
    self.tokenizer = CharacterTokenizer(charactersOf: examples.flatMap { [$0.prompt, $0.answer] })
    self.maxNewTokens = (examples.map(\.answer.count).max() ?? 0) + 1
    var numbers: [String: Int] = [:]
    for example in examples where numbers[example.key] == nil { numbers[example.key] = numbers.count }
    let holdsOut = numbers.count >= 8
    self.holdsOut = holdsOut
    func part(_ isHeldOut: Bool) -> [TaskExample] {
      holdsOut ? examples.filter { (numbers[$0.key, default: 0] % 8 == 7) == isHeldOut } : examples
    }
    self.training = part(false)
    self.evaluation = part(true)
  }

  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample {
    let pool =
      switch split {
      case .training, .supervised: training
      case .evaluation: evaluation
      }
    return draws.pick(pool) ?? TaskExample(prompt: "", answer: "")
  }

  /// The completion without spaces around it.
  func canonical(_ completion: String, _ example: TaskExample) -> String { trimmed(completion) }

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
