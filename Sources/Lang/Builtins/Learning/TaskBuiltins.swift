import Engine

/// Tasks, and several of them mixed.
enum TaskBuiltins {
  static let all: [Builtin] = tasks + [mix]

  /// One builtin for every kind of task in the engine's catalogue.
  private static let tasks: [Builtin] = TaskCatalog.all.map { card in
    Builtin(
      .models, card.name, "a task: \(card.summary)",
      details: "For example \(card.example). Held out for evaluation: \(card.heldOut).\n\n"
        + CardText.parameters(card.parameters)
    ) { parameter in
      let given = CardArguments(card.parameters, parameter)
      return { call in
        let task = try card.make(given(call))
        if !task.holdsOut, !card.heldOut.hasPrefix("nothing") {
          call.session.host.note(
            "\(task.call): too few questions to hold any out; evaluation asks what training asks")
        }
        return .object(TaskObject(task))
      }
    }
  }

  private static let mix = Builtin(
    .models, "mix", "a task made of several, each with a fixed share of every batch",
    details: """
      `ratios` are the shares as whole numbers, one for each task; all are the same unless given. Of as many consecutive \
      prompts as the shares sum to, each task has its share, so a batch of a multiple of them has exactly these shares. \
      The column `task` of a rollout and of an evaluation's questions names the task of each question. Tokens are the \
      characters of all tasks. Tasks of several turns cannot be mixed.
      """,
    examples: [
      """
      task = mix([addition(digits: 1), parity(length: 8)], ratios: [2, 1])
      ro = rollout(policy(task, layers: 1, width: 16, heads: 2), task, prompts: 6, group: 1)
      ro.task
      #=> ["addition", "parity", "addition", "addition", "parity", "addition"]
      """
    ]
  ) { parameter in
    let tasks = parameter("tasks", .items)
    let ratios = parameter.optional("ratios", .items)
    return { call in
      let parts = try call[tasks].map { value in
        guard case .object(let object) = value, let task = object as? TaskObject else {
          throw call.failure(
            "`tasks` must be tasks, got \(Printing.brief(value))", help: "such as addition()")
        }
        return task.task
      }
      let shares = try call[ratios].map { try $0.map { try share($0, call) } } ?? parts.map { _ in 1 }
      return .object(TaskObject(try MixedTask(parts, shares: shares)))
    }
  }

  private static func share(_ value: Value, _ call: Call) throws -> Int {
    guard let number = value.asNumber, let share = Int(exactly: number) else {
      throw call.failure(
        "`ratios` must be whole numbers, got \(Printing.brief(value))",
        help: "such as [2, 1] for twice as many")
    }
    return share
  }
}
