import Engine

/// Values, functions, errors, the session.
enum CoreBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .core, "kind", "the kind of a value, as a text", examples: ["kind([1, 2])\n#=> \"list\""]
    ) { parameter in
      let x = parameter("x", .any)
      return { call in .text(call[x].kind) }
    },
    Builtin(
      .core, "apply",
      "calls a function with the items of a list as its arguments, and the fields of a record as those with a name",
      examples: ["apply(max, [[3, 5]])\n#=> 5", "apply(linspace, [0, 1], {count: 3})\n#=> [0, 0.5, 1]"]
    ) { parameter in
      let function = parameter("f", .function)
      let arguments = parameter("arguments", .items)
      let named = parameter.optional("named", .record)
      return { call in
        try call.interpreter.call(call[function].function, call[arguments], call[named]?.fields ?? [])
      }
    },
    Builtin(
      .core, "close",
      "whether two values are equal up to a tolerance, relative to the larger one where that is above 1",
      details:
        "Holds when |a - b| <= tol * max(1, |a|, |b|) for every element; shapes must be the same, apart from scalars. A NaN is close to nothing.",
      examples: ["close(0.1 + 0.2, 0.3)\n#=> true", "close([1, 2], [1, 2.1])\n#=> false"]
    ) { parameter in
      let a = parameter("a", .tensor)
      let b = parameter("b", .tensor)
      let tol = parameter("tol", .number, 1e-6)
      return { call in .bool(try Closeness.holds(call[a], call[b], tolerance: call[tol], call)) }
    },
    Builtin(
      .core, "error", "stops with an error, which `try` can catch", isCommand: true
    ) { parameter in
      let message = parameter("message", .text)
      return { call in throw RuntimeError(try call[message]) }
    },
    Builtin(
      .core, "exit", "ends the session or the script with an exit code",
      details: "At the prompt Ctrl-D does the same.", isCommand: true
    ) { parameter in
      let code = parameter("code", .integer(0...255), 0)
      return { call in
        var end = RuntimeError("exit", kind: .exit)
        end.exitCode = Int32(try call[code])
        throw end
      }
    },
    Builtin(
      .core, "drop", "forgets variables; a builtin of the same name is visible again",
      examples: ["mean = 3\ndrop(\"mean\")\nmean([1, 2, 3])\n#=> 2"], isCommand: true
    ) { parameter in
      let names = parameter.rest("names", .items.standing(for: .variable))
      return { call in
        for name in try call[names] {
          guard let text = name.asText else {
            throw call.failure("give the name as a text, as in `drop \"x\"`")
          }
          guard call.session.drop(text) else { throw call.failure("there is no variable `\(text)`") }
        }
        return .none
      }
    },
    Builtin(
      .core, "time", "how long a function without parameters takes: `seconds` and its `value`",
      examples: ["time(() => 1 + 1).value\n#=> 2"]
    ) { parameter in
      let f = parameter("f", .function)
      return { call in
        let clock = ContinuousClock()
        var value = Value.none
        let elapsed = try clock.measure { value = try call.apply(call[f].function) }
        return .object(Record(["value": value, "seconds": .number(elapsed / .seconds(1))]))
      }
    },
    Builtin(
      .core, "clock", "seconds since some fixed moment, for measuring"
    ) { _ in { _ in .number(Clock.uptime) } },
    Builtin(
      .core, "machine",
      "what the machine can do: `threads` in use, measured peak `gflops` in single precision, `memory` in bytes",
      details: """
        A fused multiply-add counts as two operations. The measurement lasts `seconds`; the number of threads is that of the \
        environment variable `RLS_THREADS`, or of cores. `memory` is what `rls` may hold: three quarters of the least of the machine's memory, \
        what the control group leaves and the process's own limits.
        """,
      examples: ["machine(seconds: 0.01).gflops > 0\n#=> true"]
    ) { parameter in
      let seconds = parameter("seconds", .number, 0.2)
      return { call in
        let runtime = call.session.runtime
        let seconds = try call[seconds]
        guard !seconds.isNaN else { throw call.failure("`seconds` must be a number, got nan") }
        let rate = try PeakRate.measured(seconds: min(max(seconds, 0), 60))
        return .object(
          Record([
            "threads": .number(Double(runtime.threads)), "gflops": .number(rate * 1e-9),
            "memory": .number(Double(runtime.memory.limit)),
          ]))
      }
    },
    Builtin(
      .core, "shared", "a place for a value that functions share and can change",
      details: """
        `x.value` is the value now, `x.set(v)` puts another one there, `x.update(f)` what `f` makes of it; both give the new value. All other values never \
        change. What a cell of a sweep did not make it can read and not change; `:undo` does not reach into it.
        """,
      examples: ["n = shared(0)\nfn count() = n.update(x => x + 1)\ncount()\ncount()\nn.value\n#=> 2"]
    ) { parameter in
      let value = parameter("value", .any)
      return { call in .object(Shared(call[value], call.interpreter)) }
    },
    Builtin(
      .core, "env", "an environment variable, or the default"
    ) { parameter in
      let name = parameter("name", .text)
      let standard = parameter("default", .any, words: "none")
      return { call in
        System.variable(try call[name]).map { .text($0) } ?? call[standard]
      }
    },
    Builtin(
      .core, "flag",
      "an option of the script: the value after `--name` in its arguments, or the default",
      details:
        "A default that is a number makes the option a number, one that is `false` a switch without a value.",
      examples: ["flag(\"steps\", 60)\n#=> 60"]
    ) { parameter in
      let name = parameter("name", .text)
      let standard = parameter("default", .any)
      return { call in try ScriptFlag.value(call[name], standard: call[standard], call) }
    },
  ]
}

/// Options of a script: `--steps 100`.
enum ScriptFlag {
  static func value(_ name: String, standard: Value, _ call: Call) throws -> Value {
    let arguments = call.session.arguments
    call.session.noteFlag(name)
    guard let position = arguments.firstIndex(where: { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") })
    else { return standard }
    if case .bool = standard, arguments[position] == "--\(name)" { return .bool(true) }
    let written: String
    if let equals = arguments[position].firstIndex(of: "=") {
      written = String(arguments[position][equals...].dropFirst())
    } else {
      guard position + 1 < arguments.count else { throw call.failure("`--\(name)` needs a value after it") }
      written = arguments[position + 1]
    }
    guard case .number = standard else { return .text(written) }
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
