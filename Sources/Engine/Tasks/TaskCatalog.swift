/// Everything there is to know about a kind of task; help, documentation and the language read it.
public struct TaskCard: Sendable {
  /// The name in the language.
  public let name: String
  /// One sentence on what the policy has to do.
  public let summary: String
  /// A prompt with its answer.
  public let example: String
  /// Which questions are held out for evaluation.
  public let heldOut: String
  /// The parameters that turn the difficulty, in the order they are documented.
  public let parameters: [Parameter]
  private let build: @Sendable (Arguments, String) throws -> any RewardTask

  init(
    name: String, summary: String, example: String, heldOut: String,
    build: (Parameters) -> @Sendable (Arguments, String) throws -> any RewardTask
  ) {
    let parameters = Parameters()
    self.build = build(parameters)
    self.name = name
    self.summary = summary
    self.example = example
    self.heldOut = heldOut
    self.parameters = parameters.list
  }

  /// The task with the given arguments; throws a sentence that says what to give when one is wrong.
  public func make(_ given: [String: ParameterValue] = [:]) throws -> any RewardTask {
    let arguments = try Arguments(given, for: parameters, of: name)
    let shown = parameters.compactMap { parameter in
      (given[parameter.name] ?? parameter.defaultValue).map { "\(parameter.name): \($0)" }
    }
    return try build(arguments, "\(name)(\(shown.joined(separator: ", ")))")
  }
}

/// Every kind of task there is.
public enum TaskCatalog {
  /// The cards.
  public static let all: [TaskCard] = [
    ExactTask.addition, Countdown.card, ExactTask.modular, ExactTask.sortDigits, ExactTask.reverseDigits,
    ExactTask.parity, ExactTask.pictures, Satisfy.card, Programs.card, HiddenNumber.card, Dataset.card,
  ]

  /// The card called `name`.
  public static func card(_ name: String) -> TaskCard? { all.first { $0.name == name } }
}
