import Engine

/// A source of questions with verifiable answers.
public final class TaskObject: Object, Saveable, @unchecked Sendable {
  /// What draws the questions and verifies the answers.
  public let task: any RewardTask

  /// Wraps `task`.
  public init(_ task: any RewardTask) {
    self.task = task
    super.init()
  }

  func save(to path: String, ending: String, _ call: Call) throws {
    throw call.failure("a task cannot be saved", help: "save the call that makes it, \(task.call)")
  }

  public override var kind: String { "task" }
  override func identity(_ identity: Identity) -> JSON { .string(task.identity) }
  public override var summary: String { task.call }
  public override func display(_ layout: Layout) -> String {
    let example = task.example(.training, seed: 0, step: 0, index: 0)
    let remark = task.holdsOut ? "" : "\n  nothing is held out: evaluation asks what training asks"
    return """
      task \(task.call): \(task.tokenizer.vocabularySize) tokens, completions of at most \(task.maxNewTokens)
        for example \(Text.quoted(example.prompt)) -> \(Text.quoted(example.target))\(remark)
      """
  }
  private static let meanings = [
    "name": "what it is called", "max_tokens": "the longest completion, in tokens",
    "vocabulary": "how many tokens it has", "example": "a question with its answer",
  ]
  override func meaning(ofMember name: String) -> String? { TaskObject.meanings[name] }

  public override var memberNames: [String] { ["name", "max_tokens", "vocabulary", "example"] }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "name": .text(task.name)
    case "max_tokens": .number(Double(task.maxNewTokens))
    case "vocabulary": .number(Double(task.tokenizer.vocabularySize))
    case "example": TaskObject.record(task.example(.training, seed: 0, step: 0, index: 0))
    default: nil
    }
  }

  /// A column of an example as a value.
  static func value(_ value: ParameterValue) -> Value {
    switch value {
    case .number(let number): .number(number)
    case .text(let text): .text(text)
    }
  }

  /// An example as a record.
  static func record(_ example: TaskExample) -> Value {
    .object(
      Record(
        [
          ("prompt", .text(example.prompt)), ("answer", .text(example.answer)),
          ("target", .text(example.target)),
        ] + example.columns.map { ($0.name, value($0.value)) }))
  }
}

extension Kind where T == any RewardTask {
  /// A task.
  static var task: Kind {
    Kind("a task") { value, _ in
      if case .object(let object) = value { (object as? TaskObject)?.task } else { nil }
    }
  }
}

/// The tokens that a policy is made for.
struct TokenSource {
  let count: Int
  let tokenizer: (any Tokenizer)?
}

extension Kind where T == TokenSource {
  /// A task, or a number of tokens.
  static var taskOrTokens: Kind {
    Kind("a task, such as addition()") { value, call in
      if let task = try Kind<any RewardTask>.task.read(value, call) {
        return TokenSource(count: task.tokenizer.vocabularySize, tokenizer: task.tokenizer)
      }
      return value.asNumber.flatMap(Int.init(exactly:)).map { TokenSource(count: $0, tokenizer: nil) }
    }
  }
}
