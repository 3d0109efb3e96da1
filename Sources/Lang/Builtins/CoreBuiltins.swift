import Engine

/// Values, functions, errors, the session.
enum CoreBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .core, written: "kind(x)", "the kind of a value, as a text", examples: ["kind([1, 2])\n#=> \"list\""]
    ) { .text($0[0].kind) },
    Builtin(
      .core, written: "close(a, b, tol = 1e-6)",
      "whether two values are equal up to a tolerance, relative to the larger one where that is above 1",
      details:
        "Holds when |a - b| <= tol * max(1, |a|, |b|) for every element; shapes must be the same, apart from scalars. A NaN is close to nothing.",
      examples: ["close(0.1 + 0.2, 0.3)\n#=> true", "close([1, 2], [1, 2.1])\n#=> false"]
    ) { call in
      .bool(try Closeness.holds(call.tensor(0), call.tensor(1), tolerance: call.number(2), call))
    },
    Builtin(
      .core, written: "error(message)", "stops with an error, which `try` can catch", isCommand: true
    ) { call in throw RuntimeError(try call.text(0)) },
    Builtin(
      .core, written: "exit(code = 0)", "ends the session or the script with an exit code",
      details: "At the prompt Ctrl-D does the same.", isCommand: true
    ) { call in
      var end = RuntimeError("exit", kind: .exit)
      end.exitCode = Int32(try call.integer(0, 0...255))
      throw end
    },
    Builtin(
      .core, written: "drop(names...)", "forgets variables; a builtin of the same name is visible again",
      examples: ["mean = 3\ndrop(\"mean\")\nmean([1, 2, 3])\n#=> 2"], isCommand: true
    ) { call in
      for name in try call.items(0) {
        guard let text = name.asText else {
          throw call.failure("give the name as a text, as in `drop \"x\"`")
        }
        guard call.session.drop(text) else { throw call.failure("there is no variable `\(text)`") }
      }
      return .none
    },
    Builtin(
      .core, written: "time(f)", "how long a function without parameters takes: `seconds` and its `value`",
      examples: ["time(() => 1 + 1).value\n#=> 2"]
    ) { call in
      let clock = ContinuousClock()
      var value = Value.none
      let elapsed = try clock.measure { value = try call.apply(call.function(0)) }
      return .object(Record(["value": value, "seconds": .number(elapsed / .seconds(1))]))
    },
    Builtin(
      .core, written: "clock()", "seconds since some fixed moment, for measuring"
    ) { _ in
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      return .number(Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9)
    },
    Builtin(
      .core, written: "machine(seconds = 0.2)",
      "what the machine can do: `threads` in use and its measured peak, `gflops` in single precision",
      details: """
        A fused multiply-add counts as two operations. The measurement lasts `seconds`; the number of threads is that of the \
        environment variable `RLS_THREADS`, or of cores.
        """,
      examples: ["machine(seconds: 0.01).gflops > 0\n#=> true"]
    ) { call in
      let rate = try PeakRate.measured(seconds: min(max(call.number(0), 0), 60))
      return .object(
        Record(["threads": .number(Double(Parallel.threads)), "gflops": .number(rate * 1e-9)]))
    },
    Builtin(
      .core, written: "env(name, default = none)", "an environment variable, or the default"
    ) { call in
      guard let value = getenv(try call.text(0)) else { return call[1] }
      return .text(String(cString: value))
    },
    Builtin(
      .core, written: "flag(name, default)",
      "an option of the script: the value after `--name` in its arguments, or the default",
      details:
        "A default that is a number makes the option a number, one that is `false` a switch without a value.",
      examples: ["flag(\"steps\", 60)\n#=> 60"]
    ) { call in try ScriptFlag.value(call) },
  ]
}

/// Options of a script: `--steps 100`.
enum ScriptFlag {
  static func value(_ call: Call) throws -> Value {
    let name = try call.text(0)
    let arguments = call.session.arguments
    guard let position = arguments.firstIndex(where: { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") })
    else { return call[1] }
    if case .bool = call[1], arguments[position] == "--\(name)" { return .bool(true) }
    let written: String
    if let equals = arguments[position].firstIndex(of: "=") {
      written = String(arguments[position][equals...].dropFirst())
    } else {
      guard position + 1 < arguments.count else { throw call.failure("`--\(name)` needs a value after it") }
      written = arguments[position + 1]
    }
    guard case .number = call[1] else { return .text(written) }
    guard let number = Double(written) else {
      throw call.failure("`--\(name)` needs a number, got \(Text.quoted(written))")
    }
    return .number(number)
  }
}

/// Equality up to a tolerance.
enum Closeness {
  static func holds(_ a: Tensor, _ b: Tensor, tolerance: Double, _ call: Call) throws -> Bool {
    guard
      a.isScalar || b.isScalar || a.shape.dims == b.shape.dims && a.shape.tokenRows == b.shape.tokenRows
        || a.count == b.count && a.shape.rank == 1 && b.shape.rank == 1
    else {
      throw call.failure("shapes \(Printing.shape(a)) and \(Printing.shape(b)) cannot be compared")
    }
    let count = max(a.isScalar ? 1 : a.count, b.isScalar ? 1 : b.count)
    if a.count == 0 || b.count == 0 { return a.count == b.count }
    return a.withElements { x in
      b.withElements { y in
        (0..<count).allSatisfy { i in
          let p = x[a.isScalar ? 0 : i]
          let q = y[b.isScalar ? 0 : i]
          return p == q || abs(p - q) <= tolerance * max(1, abs(p), abs(q))
        }
      }
    }
  }
}
