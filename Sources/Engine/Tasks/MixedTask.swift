/// Several tasks at once, each with a fixed share of every batch of questions.
///
/// Of as many consecutive questions as the shares sum to, each task has its share. Each question says in the column
/// `task` which one it is of. Tokens are the characters of all tasks together.
public struct MixedTask: RewardTask {
  /// The call of the language.
  public let call: String
  /// The characters of all tasks.
  public let tokenizer: any Tokenizer
  private let parts: [(name: String, task: any RewardTask)]
  /// The part of each question of a cycle.
  private let cycle: [Int]

  /// "mix".
  public var name: String { "mix" }
  /// That of the parts, each with its share.
  public var identity: String { "mix of \(parts.map(\.task.identity)) in turns \(cycle)" }
  /// The longest of the parts.
  public var maxNewTokens: Int { parts.map(\.task.maxNewTokens).max() ?? 1 }
  /// Whether each part holds questions out.
  public var holdsOut: Bool { parts.allSatisfy { $0.task.holdsOut } }

  /// The column that names the task of a question.
  static let column = "task"

  /// Mixes tasks in whole-number shares; throws an `EngineError` for none, and for tasks of several turns.
  public init(_ tasks: [any RewardTask], shares: [Int]) throws(EngineError) {
    guard !tasks.isEmpty, tasks.count == shares.count, shares.allSatisfy({ (1...1000).contains($0) }) else {
      throw EngineError(
        .argument, "mix", "\(tasks.count) tasks came with the shares \(shares)",
        hint: "give a whole number from 1 to 1000 for each task")
    }
    if let task = tasks.first(where: { $0.environment != nil }) {
      throw EngineError(
        .argument, "mix", "\(task.call) has several turns",
        hint: "mix takes tasks of a question and an answer")
    }
    var names: [String] = []
    for task in tasks {
      let same = tasks.filter { $0.name == task.name }.count
      names.append(same == 1 ? task.name : task.call)
    }
    if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
      throw EngineError(.argument, "mix", "\(twice) is there twice", hint: "give it a larger share instead")
    }
    parts = Array(zip(names, tasks))
    tokenizer = CharacterTokenizer(charactersOf: tasks.flatMap(\.tokenizer.symbols))
    cycle = MixedTask.spread(shares)
    call = "mix([\(tasks.map(\.call).joined(separator: ", "))], ratios: \(shares))"
  }

  /// A cycle in which each part has its share, spread as evenly as it can be: next is whoever is furthest behind.
  private static func spread(_ shares: [Int]) -> [Int] {
    let total = shares.reduce(0, +)
    var credit = shares.map { _ in 0 }
    return (0..<total).map { _ in
      for part in shares.indices { credit[part] += shares[part] }
      let next = credit.indices.max { credit[$0] < credit[$1] || (credit[$0] == credit[$1] && $0 > $1) } ?? 0
      credit[next] -= total
      return next
    }
  }

  private func question(of part: Int, _ example: TaskExample) -> TaskExample {
    TaskExample(
      prompt: example.prompt, answer: example.answer, target: example.target,
      key: "\(parts[part].name) \(example.key)", columns: [(MixedTask.column, .text(parts[part].name))])
  }

  /// A question of a part that is drawn by its share; a stream of questions has fixed shares instead (`example`).
  public func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample {
    let part = draws.pick(cycle) ?? 0
    return question(of: part, parts[part].task.draw(split, &draws))
  }

  /// The question of the part whose turn it is.
  public func example(_ split: TaskSplit, seed: UInt64, step: UInt64, index: UInt64) -> TaskExample {
    let part = cycle[Int(index % UInt64(cycle.count))]
    return question(of: part, parts[part].task.example(split, seed: seed, step: step, index: index))
  }

  private func task(_ example: TaskExample) -> (any RewardTask)? {
    guard case .text(let name)? = example.column(MixedTask.column) else { return nil }
    return parts.first { $0.name == name }?.task
  }

  /// What the question's own task says.
  public func verify(_ completion: String, _ example: TaskExample) -> Double {
    task(example)?.verify(completion, example) ?? 0
  }

  /// What the question's own task says.
  public func canonical(_ completion: String, _ example: TaskExample) -> String {
    task(example)?.canonical(completion, example) ?? completion
  }
}
