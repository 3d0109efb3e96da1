// Tasks: questions whose answers can be checked, what is held out of them, and tokenizers.

/// A question with what is needed to check an answer.
public struct TaskExample: Sendable, Equatable {
  /// What the policy is given.
  public let prompt: String
  /// The reference answer.
  public let answer: String
  /// The completion to imitate in a supervised cold start.
  public let target: String
  /// What the question is, in whatever order or form it is asked: questions of one key are held out together, and
  /// count as one cluster in a standard error.
  public let key: String
  /// What else is known of the question, in the order of its source; all examples of a task have the same names.
  public let columns: [(name: String, value: ParameterValue)]

  /// Creates an example; the answer is what to imitate unless `target` says otherwise, and the key is the prompt.
  public init(
    prompt: String, answer: String, target: String? = nil, key: String? = nil,
    columns: [(name: String, value: ParameterValue)] = []
  ) {
    self.prompt = prompt
    self.answer = answer
    self.target = target ?? answer
    self.key = key ?? prompt
    self.columns = columns
  }

  /// The value under `name` among the further columns.
  func column(_ name: String) -> ParameterValue? { columns.first { $0.name == name }?.value }

  /// Whether both ask the same.
  public static func == (left: TaskExample, right: TaskExample) -> Bool {
    left.prompt == right.prompt && left.answer == right.answer && left.target == right.target
  }
}

extension ColumnValue {
  /// One value per episode: numbers where all are numbers, else texts.
  init(_ values: [ParameterValue]) throws {
    let numbers = values.compactMap { if case .number(let number) = $0 { number } else { nil } }
    if numbers.count == values.count {
      self = .numbers(try Tensor(numbers))
    } else {
      self = .texts(values.map { if case .text(let text) = $0 { text } else { $0.description } })
    }
  }
}

/// What examples are drawn for; evaluation never sees a question that training may see, unless `holdsOut` is false.
public enum TaskSplit: Sendable {
  /// Rollouts to learn from.
  case training
  /// Targets to imitate.
  case supervised
  /// Held-out questions.
  case evaluation

  fileprivate var purpose: Philox.Purpose {
    switch self {
    case .training: .prompts
    case .supervised: .supervised
    case .evaluation: .evaluationPrompts
    }
  }
}

/// A source of questions whose answers can be checked.
public protocol RewardTask: Sendable {
  /// The name in the language.
  var name: String { get }
  /// The call that makes this task, for display.
  var call: String { get }
  /// What tells tasks apart whose questions may differ: the call, and a hash of what it read from a file.
  var identity: String { get }
  /// Texts to tokens and back.
  var tokenizer: any Tokenizer { get }
  /// The longest completion that makes sense, the end token included.
  var maxNewTokens: Int { get }
  /// Whether questions are held out for evaluation; false where evaluation asks what training asks.
  var holdsOut: Bool { get }
  /// Example `index` of a stream under `seed`; `step` sets streams of one seed apart.
  func example(_ split: TaskSplit, seed: UInt64, step: UInt64, index: UInt64) -> TaskExample
  /// One question from `draws`; the same draws give the same question.
  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample
  /// How good `completion` is as an answer, in [0, 1]; total: any text has a reward.
  func verify(_ completion: String, _ example: TaskExample) -> Double
  /// A text that is the same for completions that are the same answer to a question, by which a majority is found.
  func canonical(_ completion: String, _ example: TaskExample) -> String
  /// What answers the policy's turns, for a task of several turns; rewards then come from it.
  var environment: (any Environment)? { get }
  /// The turns to imitate in a supervised cold start.
  func demonstration(_ example: TaskExample, _ draws: inout Draws) -> [String]
}

extension RewardTask {
  /// The call, unless the task says otherwise.
  public var identity: String { call }

  /// A question and an answer, unless the task says otherwise.
  public var environment: (any Environment)? { nil }

  /// The completion as it is, unless the task says otherwise.
  public func canonical(_ completion: String, _ example: TaskExample) -> String { completion }

  /// The target, unless the task says otherwise.
  public func demonstration(_ example: TaskExample, _ draws: inout Draws) -> [String] { [example.target] }

  /// What `draw` gives from a stream of random numbers of its own, unless the task says otherwise.
  public func example(_ split: TaskSplit, seed: UInt64, step: UInt64, index: UInt64) -> TaskExample {
    var draws = Draws(Philox(seed: seed, split.purpose, step, index))
    return draw(split, &draws)
  }

  /// `count` examples of a stream under `seed`.
  public func examples(
    _ split: TaskSplit, count: Int, seed: UInt64, step: UInt64 = 0
  ) throws -> [TaskExample] {
    var examples: [TaskExample] = []
    for index in 0..<max(count, 0) {
      if index & 255 == 255 { try Interrupt.check(name) }
      examples.append(example(split, seed: seed, step: step, index: UInt64(index)))
    }
    return examples
  }

  /// Up to `count` examples that differ in prompt or answer, as the stream under `seed` has them.
  ///
  /// Where there are fewer, all that turn up: the search ends when as many draws as were made before brought nothing
  /// new, and at least 4096.
  func distinctExamples(_ split: TaskSplit, count: Int, seed: UInt64) throws -> [TaskExample] {
    var examples: [TaskExample] = []
    var seen: Set<String> = []
    var index = 0
    var latest = 0
    while examples.count < count, index - latest < max(4096, latest) {
      if index & 255 == 255 { try Interrupt.check(name) }
      let example = example(split, seed: seed, step: 0, index: UInt64(index))
      index += 1
      guard seen.insert("\(example.prompt)\0\(example.answer)").inserted else { continue }
      latest = index
      examples.append(example)
    }
    return examples
  }
}

/// A 64-bit hash of a text that is the same in every process (FNV-1a, then mixed).
public enum TextHash {
  /// The hash.
  public static func of(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
    return hash ^ (hash >> 32)
  }
}

/// Random numbers taken one after the other from a stream.
public struct Draws: Sendable {
  private let stream: Philox
  private var counter: UInt64 = 0

  /// Starts at the beginning of `stream`.
  public init(_ stream: Philox) { self.stream = stream }

  /// A whole number in `range`, which starts no lower than -2^62.
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    defer { counter &+= 1 }
    let (width, overflow) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
    guard !overflow, width < Int.max else { return range.lowerBound }
    return range.lowerBound + stream.integer(below: width + 1, at: counter)
  }

  /// One of `items`; nil when there are none.
  mutating func pick<Item>(_ items: [Item]) -> Item? {
    items.isEmpty ? nil : items[integer(in: 0...items.count - 1)]
  }
}
