import Engine

/// Elementwise functions, one builtin for every operation of the engine, and constants.
enum MathBuiltins {
  static let all: [Builtin] = unary + [round] + binary + choices + constants

  private static let round = Builtin(
    .mathematics, "round", UnaryOperation.round.summary,
    details: "`digits` is the number of decimals; a negative one rounds to tens, hundreds and so on.",
    examples: ["round(2.346, 2)\n#=> 2.35", "round([1234, 5678], digits: -2)\n#=> [1200, 5700]"]
  ) { parameter in
    let x = parameter("x", .tensor)
    let digits = parameter("digits", .integer(-300...300), 0)
    return { call in
      let digits = try call[digits]
      let rounded = UnaryOperation.round
      guard digits != 0 else {
        if let x = call.plainNumber(x) { return .number(rounded.scalar(x)) }
        return .tensor(try rounded(call[x]))
      }
      // A power of ten above 1 is exact, so the quotient is the number nearest to the decimal one.
      let scale = pow(10, Double(abs(digits)))
      let x = try call[x]
      return .tensor(try digits > 0 ? rounded(x * scale) / scale : rounded(x / scale) * scale)
    }
  }

  private static let unary: [Builtin] = UnaryOperation.all.filter { $0.name != "round" }.map { operation in
    Builtin(.mathematics, operation.name, operation.summary) { parameter in
      let x = parameter("x", .tensor)
      return { call in
        if let x = call.plainNumber(x) { return .number(operation.scalar(x)) }
        return .tensor(try operation(call[x]))
      }
    }
  }

  private static let binary: [Builtin] = BinaryOperation.all.filter { $0.symbol == nil }.map { operation in
    Builtin(
      .mathematics, operation.name, operation.summary, details: Self.details[operation.name] ?? ""
    ) { parameter in
      let a = parameter("a", .tensor)
      let b = parameter.optional("b", .tensor)
      return { call in
        if let x = call.plainNumber(a), let y = call.plainNumber(b) { return .number(operation.scalar(x, y)) }
        if let b = try call[b] { return .tensor(try operation(call[a], b)) }
        switch operation.name {
        case "min": return .tensor(try call[a].minimum())
        case "max": return .tensor(try call[a].maximum())
        default: throw call.mismatch(b)
        }
      }
    }
  }

  private static let details = [
    "min": "With one argument, the least of its elements.",
    "max": "With one argument, the greatest of its elements.",
  ]

  private static let choices: [Builtin] = [
    Builtin(
      .mathematics, "where",
      "a where the condition holds, b elsewhere, element by element",
      details: "Only what is chosen is differentiated, so an infinite value on the other side does no harm.",
      examples: ["where([1, -2, 3] > 0, 1, 0)\n#=> [1, 0, 1]"]
    ) { parameter in
      let condition = parameter("condition", .any)
      let a = parameter("a", .any)
      let b = parameter("b", .any)
      return { call in
        if case .bool(let holds) = call[condition] {
          // A choice between values that are no numbers.
          let chosen = holds ? call[a] : call[b]
          return try Conversion.tensor(chosen).map { .tensor($0) } ?? chosen
        }
        let parts = try [condition, a, b].map { argument in
          guard let tensor = try Conversion.tensor(call[argument]) else {
            throw call.mismatch(argument, "numbers")
          }
          return tensor
        }
        return .tensor(try Tensor.select(parts[0], parts[1], parts[2]))
      }
    },
    Builtin(
      .mathematics, "clip", "x, but no less than low and no more than high",
      details: "The gradient is 1 inside and on the bounds, 0 outside.",
      examples: ["clip([0.5, 1, 1.5], 0.8, 1.2)\n#=> [0.8, 1, 1.2]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let low = parameter("low", .tensor)
      let high = parameter("high", .tensor)
      return { call in .tensor(try call[x].clipped(call[low], call[high])) }
    },
    Builtin(
      .mathematics, "stop",
      "the same numbers as a constant: nothing is differentiated through it",
      examples: ["grad(x => x * stop(x), 3)\n#=> 3"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .tensor(try call[x].detached) }
    },
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
