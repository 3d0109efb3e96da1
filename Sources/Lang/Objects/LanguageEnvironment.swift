import Engine

/// An environment made of functions of the language: a record of `step`, `turns` and perhaps `reset`.
struct LanguageEnvironment: Environment {
  let maxTurns: Int
  /// Gives the first state from the question; without it the state is the question.
  let reset: Callback?
  /// Gives a record of `reply`, `reward` and `state` from a state and the policy's turn.
  let step: Callback

  func reset(_ example: TaskExample) throws -> any EnvironmentState {
    let question = TaskObject.record(example)
    return State(value: try reset.map { try $0([question]) } ?? question, function: step)
  }

  /// Refuses a misspelt field, which would otherwise be as good as left out.
  fileprivate static func check(_ record: Record, has fields: [String], _ what: String) throws {
    guard let unknown = record.keys.names.first(where: { !fields.contains($0) }) else { return }
    let meant = Suggestion.nearest(to: unknown, among: fields).map { "did you mean `\($0)`?" }
    throw RuntimeError(
      "\(what) has no `\(unknown)`", help: meant ?? "its fields are \(fields.joined(separator: ", "))")
  }

  private struct State: EnvironmentState {
    var value: Value
    let function: Callback

    mutating func step(_ action: String) throws -> EnvironmentStep {
      let result = try function([value, .text(action)])
      guard let record = result.asRecord else {
        throw RuntimeError(
          "`step` of an environment must give a record, got \(Printing.brief(result))",
          help: "such as {reply: \"higher\", reward: 0}; without a reply the episode is over")
      }
      try LanguageEnvironment.check(record, has: ["reply", "reward", "state"], "a step of an environment")
      if let next = record["state"] { value = next }
      let reward = record["reward"] ?? .number(0)
      guard let number = try reward.scalar, number.isFinite else {
        throw RuntimeError("the reward of a step must be a finite number, got \(Printing.brief(reward))")
      }
      guard let reply = record["reply"], !reply.isNone else {
        return EnvironmentStep(reply: nil, reward: number)
      }
      guard let text = reply.asText else {
        throw RuntimeError("the reply of a step must be a text or none, got \(Printing.brief(reply))")
      }
      return EnvironmentStep(reply: text, reward: number)
    }
  }
}

extension Kind where T == any Environment {
  /// A record of functions.
  static var environment: Kind {
    Kind("a record {step: (state, text) => ..., turns: 8}, with reset: question => state if need be") {
      value, call in
      guard let record = value.asRecord, let given = record["step"], let turns = record["turns"]?.asNumber,
        let maxTurns = Int(exactly: turns), maxTurns > 0,
        let step = try Kind<Callback>.function.read(given, call)
      else { return nil }
      try LanguageEnvironment.check(record, has: ["step", "reset", "turns"], "an environment")
      let reset = try record["reset"].flatMap { try Kind<Callback>.function.read($0, call) }
      return LanguageEnvironment(maxTurns: maxTurns, reset: reset, step: step)
    }
  }
}
