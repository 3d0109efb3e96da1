import Engine

/// Differentiation of functions.
enum CalculusBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .calculus, "grad",
      "the gradient of a function with one number as its value",
      details: """
        `grad(f, x)` is the gradient in the first argument at x, with the shape of x; further arguments are passed on. At a batch \
        it is the gradient in the batch's `logp`. At a record it is a record of gradients. `grad(f)` and `grad(f, "name")` \
        are functions with the parameters of f.
        """,
      examples: [
        "grad(x => sum(x ^ 2), [1, 2, 3])\n#=> [2, 4, 6]",
        "fn f(a, b) = a * b ^ 2\ngrad(f, \"b\")(3, 5)\n#=> 30",
      ]
    ) { parameter in
      let f = parameter("f", .function)
      let at = parameter.rest("at", .items)
      let named = parameter.named("named")
      return { call in
        let function = try call[f].function
        let points = try call[at]
        if points.isEmpty || points.count == 1 && points[0].isText {
          return try Differentiation.derived(function, parameter: points.first?.asText, call, "grad") {
            value, _ in value
          }
        }
        return try Differentiation.gradient(of: function, at: points, named: call[named].fields, call)
          .gradient
      }
    },
    Builtin(
      .calculus, "value_and_grad",
      "the value of a function and its gradient, as a list of two",
      examples: ["value_and_grad(x => x ^ 2, 3)\n#=> [9, 6]"]
    ) { parameter in
      let f = parameter("f", .function)
      let at = parameter.rest("at", .items)
      let named = parameter.named("named")
      return { call in
        let result = try Differentiation.gradient(
          of: call[f].function, at: call[at], named: call[named].fields, call)
        return .list([result.value, result.gradient])
      }
    },
    Builtin(
      .calculus, "deriv",
      "the slope of a function in one of its parameters, at each point",
      details: """
        A function with the parameters of f. For a function that works element by element the slope has the shape of \
        the parameter; without a name it is the slope in the first one. Where f mixes elements it is the gradient of the sum of its values.
        """,
      examples: [
        "fn gate(r, tau) = 4 / tau * sigmoid(tau * (r - 1))\nslope = deriv(gate, \"r\")\nslope(1, tau: 3)\n#=> 1",
        "deriv(x => x ^ 3)([1, 2])\n#=> [3, 12]",
      ]
    ) { parameter in
      let f = parameter("f", .function)
      let name = parameter.optional("parameter", .text)
      return { call in
        try Differentiation.derived(call[f].function, parameter: call[name], call, "deriv") {
          value, _ in try value.sum()
        }
      }
    },
    Builtin(
      .calculus, "check_grad",
      "compares the gradient of a function with central differences",
      details: """
        A record: the analytic gradient, the numeric one, and `error`, the largest difference relative to max(1, |analytic|).
        `step` is the distance of the differences; about 1e-5 gives nine digits.
        """,
      examples: ["check_grad(x => sum(exp(x)), [0, 1]).error < 1e-8\n#=> true"]
    ) { parameter in
      let f = parameter("f", .function)
      let at = parameter.rest("at", .items)
      let step = parameter("step", .number, 1e-5)
      return { call in
        try Differentiation.check(call[f].function, at: call[at], step: call[step], call)
      }
    },
  ]
}

/// Differentiates functions of the language.
enum Differentiation {
  /// The value and the gradient in the first argument.
  static func gradient(
    of function: Value, at points: [Value], named: [(name: String, value: Value)], _ call: Call
  ) throws -> (value: Value, gradient: Value) {
    guard let first = points.first else { throw call.failure("needs a point to differentiate at") }
    let rest = Array(points.dropFirst())
    if case .object(let object) = first, let batch = (object as? BatchObject)?.batch {
      let seen = try batch.seen(by: function)
      let (value, gradients) = try tape([batch.logp], call) { variables in
        try call.interpreter.call(
          function, [.object(BatchObject(seen.with(.logp, variables[0])))] + rest, named)
      }
      return (value, .tensor(gradients[0]))
    }
    if case .object(let object) = first, let record = object as? Record {
      let tensors = try record.fields.map { field in
        guard let tensor = try Conversion.tensor(field.value) else {
          throw call.failure("field `\(field.name)` must be numbers, got \(Printing.brief(field.value))")
        }
        return tensor
      }
      let (value, gradients) = try tape(tensors, call) { variables in
        let fields = zip(record.keys.names, variables).map { ($0, Value.object(TensorObject($1))) }
        return try call.interpreter.call(function, [.object(Record(fields))] + rest, named)
      }
      return (value, .object(Record(zip(record.keys.names, gradients).map { ($0, .tensor($1)) })))
    }
    guard let point = try Conversion.tensor(first) else {
      throw call.failure(
        "can differentiate at numbers, tensors, records of them and batches, got \(Printing.brief(first))")
    }
    let (value, gradients) = try tape([point], call) { variables in
      try call.interpreter.call(function, [.object(TensorObject(variables[0]))] + rest, named)
    }
    return (value, .tensor(gradients[0]))
  }

  private static func tape(
    _ points: [Tensor], _ call: Call, _ body: ([Tensor]) throws -> Value
  ) throws -> (Value, [Tensor]) {
    let tape = Tape()
    defer { tape.close() }
    let variables = points.map(tape.watch)
    let result = try body(variables)
    guard let value = try Conversion.tensor(result) else {
      throw call.failure("the function must give a number, got \(Printing.brief(result))")
    }
    guard value.isScalar || value.count == 1 else {
      throw call.failure(
        "the function must give one number, got a tensor of shape \(Printing.shape(value))",
        help: "take its mean or sum, or use `deriv` for the slope at each point")
    }
    let gradients = try tape.gradient(of: value, with: variables)
    return (.tensor(tape.constant(value)), gradients)
  }

  /// A function with the parameters of `function` that gives the gradient in one of them.
  static func derived(
    _ function: Value, parameter: String?, _ call: Call, _ what: String,
    reducing: @escaping @Sendable (Tensor, Call) throws -> Tensor
  ) throws -> Value {
    guard case .object(let object) = function, let signature = object.signature else {
      throw Interpreter.notCallable(function)
    }
    guard
      let position = parameter.map({ name in signature.parameters.firstIndex { $0.name == name } })
        ?? (signature.parameters.isEmpty ? nil : 0)
    else {
      let names = signature.parameters.map(\.name)
      throw call.failure(
        parameter.map { "\(signature.name) has no parameter `\($0)`" }
          ?? "\(signature.name) has no parameters",
        help: parameter.flatMap { Suggestion.nearest(to: $0, among: names) }.map { "did you mean \"\($0)\"?" }
          ?? "it is written \(signature.text)")
    }
    let derived = Signature(name: "\(what)(\(signature.name))", parameters: signature.parameters)
    return .object(
      DerivedFunction(derived) { inner in
        let arguments = inner.arguments
        let given = arguments[position]
        guard let point = try Conversion.tensor(given) else {
          if position == 0, what == "grad" {
            return try gradient(
              of: function, at: arguments.filter { !$0.isMissing }, named: [], inner
            ).gradient
          }
          throw inner.failure(
            "`\(signature.parameters[position].name)` must be numbers, got \(Printing.brief(given))")
        }
        let tape = Tape()
        defer { tape.close() }
        let variable = tape.watch(point)
        var named: [(name: String, value: Value)] = []
        for (i, parameter) in signature.parameters.enumerated() where !arguments[i].isMissing {
          named.append((parameter.name, i == position ? .object(TensorObject(variable)) : arguments[i]))
        }
        let result = try inner.interpreter.call(function, [], named)
        guard let value = try Conversion.tensor(result) else {
          throw inner.failure("the function must give numbers, got \(Printing.brief(result))")
        }
        return .tensor(try tape.gradient(of: reducing(value, inner), with: [variable])[0])
      })
  }

  /// Compares with central differences.
  static func check(_ function: Value, at points: [Value], step: Double, _ call: Call) throws -> Value {
    guard let first = points.first else { throw call.failure("needs a point to differentiate at") }
    let rest = Array(points.dropFirst())
    let batch: Batch? = if case .object(let object) = first { (object as? BatchObject)?.batch } else { nil }
    guard let point = try batch?.logp ?? Conversion.tensor(first) else {
      throw call.failure("can differentiate at numbers, tensors and batches, got \(Printing.brief(first))")
    }
    func value(at point: Tensor) throws -> Double {
      let argument: Value =
        try batch.map { .object(BatchObject(try $0.with(.logp, point))) } ?? .tensor(point)
      let result = try call.interpreter.call(function, [argument] + rest)
      guard let number = try Conversion.tensor(result), number.count == 1 else {
        throw call.failure("the function must give one number, got \(Printing.brief(result))")
      }
      return try number.item()
    }
    let analytic = try gradient(of: function, at: points, named: [], call).gradient
    guard let exact = try Conversion.tensor(analytic) else {
      throw call.failure("the gradient has no numbers")
    }
    let numbers = point.values
    var differences: [Double] = []
    for i in numbers.indices {
      func moved(_ distance: Double) throws -> Tensor {
        var changed = numbers
        changed[i] += distance
        return point.isScalar ? Tensor(changed[0]) : try Tensor(changed, shape: point.shape)
      }
      differences.append(try (value(at: moved(step)) - value(at: moved(-step))) / (2 * step))
    }
    let error = zip(exact.values, differences).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? 0
    let numeric = point.isScalar ? Tensor(differences[0]) : try Tensor(differences, shape: point.shape)
    return .object(Record(["analytic": analytic, "numeric": .tensor(numeric), "error": .number(error)]))

  }
}
