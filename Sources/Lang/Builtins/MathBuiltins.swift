import Engine

/// Elementwise functions, one builtin for every operation of the engine, and constants.
enum MathBuiltins {
  static let all: [Builtin] = unary + binary + choices + constants

  private static let unary: [Builtin] = UnaryOperation.all.map { operation in
    Builtin(.mathematics, written: "\(operation.name)(x)", operation.summary) { call in
      if case .number(let x) = call[0] { return .number(operation.scalar(x)) }
      return .tensor(try operation(call.tensor(0)))
    }
  }

  private static let binary: [Builtin] = BinaryOperation.all.filter { $0.symbol == nil }.map { operation in
    Builtin(
      .mathematics, written: "\(operation.name)(a, b = none)", operation.summary,
      details: Self.details[operation.name] ?? ""
    ) { call in
      if case .number(let x) = call[0], case .number(let y) = call[1] {
        return .number(operation.scalar(x, y))
      }
      if call[1].isNone, operation.name == "min" || operation.name == "max" {
        let tensor = try call.tensor(0)
        return .tensor(operation.name == "min" ? try tensor.minimum() : try tensor.maximum())
      }
      return .tensor(try operation(call.tensor(0), call.tensor(1)))
    }
  }

  private static let details = [
    "min": "With one argument, the least of its elements.",
    "max": "With one argument, the greatest of its elements.",
  ]

  private static let choices: [Builtin] = [
    Builtin(
      .mathematics, written: "where(condition, a, b)",
      "a where the condition holds, b elsewhere, element by element",
      details: "Only what is chosen is differentiated, so an infinite value on the other side does no harm.",
      examples: ["where([1, -2, 3] > 0, 1, 0)\n#=> [1, 0, 1]"]
    ) { call in
      if case .bool(let holds) = call[0] {
        // A choice between values that are no numbers.
        let chosen = holds ? call[1] : call[2]
        guard let tensor = try Conversion.tensor(chosen) else { return chosen }
        return .tensor(tensor)
      }
      return .tensor(try Tensor.select(call.tensor(0), call.tensor(1), call.tensor(2)))
    },
    Builtin(
      .mathematics, written: "clip(x, low, high)", "x, but no less than low and no more than high",
      details: "The gradient is 1 inside and on the bounds, 0 outside.",
      examples: ["clip([0.5, 1, 1.5], 0.8, 1.2)\n#=> [0.8, 1, 1.2]"]
    ) { call in .tensor(try call.tensor(0).clipped(call.tensor(1), call.tensor(2))) },
    Builtin(
      .mathematics, written: "stop(x)",
      "the same numbers as a constant: nothing is differentiated through it",
      examples: ["grad(x => x * stop(x), 3)\n#=> 3"]
    ) { call in .tensor(try call.tensor(0).detached) },
  ]

  private static let constants: [Builtin] = [
    Builtin(.mathematics, "inf", "infinity", constant: .infinity),
    Builtin(.mathematics, "nan", "not a number: equal to nothing, itself included", constant: .nan),
    Builtin(
      .mathematics, "pi", "the circle's 3.14159..., until `pi` is the name of a policy",
      examples: ["close(cos(pi), -1)\n#=> true"],
      constant: .pi),
  ]
}
