import Engine

/// Random numbers that depend on a seed alone.
enum RandomBuiltins {
  /// What a draw is for; two of them never share numbers under one seed.
  private enum Use: UInt64 {
    case uniform = 1
    case normal, integers, shuffling, drawing, choosing

    func stream(_ seed: UInt64) -> Philox { Philox(seed: seed, .script, rawValue) }
  }

  private static let seedNote = """
    The same seed gives the same result everywhere; without one the seed is 0, so pass another one for other numbers. \
    A list of whole numbers is a seed too: `seed: [run, step]`.
    """

  static let all: [Builtin] = [
    Builtin(
      .random, "rand",
      "numbers from 0 up to, but without, 1, all equally likely",
      details: "Without a shape a single number. " + seedNote,
      examples: [
        "shape(rand(2, 3, seed: 1))\n#=> [2, 3]", "rand(3, seed: 1) == rand(3, seed: 1)\n#=> [1, 1, 1]",
      ]
    ) { parameter in
      let shape = parameter.rest("shape", .dimensions)
      let seed = parameter("seed", .seed, 0)
      return { call in
        let random = Use.uniform.stream(try call[seed])
        return try tensor(call[shape], call) { random.uniform(at: UInt64($0)) }
      }
    },
    Builtin(
      .random, "randn",
      "numbers of a normal distribution with mean 0 and standard deviation 1",
      details: "Without a shape a single number. " + seedNote,
      examples: ["abs(mean(randn(10000, seed: 1))) < 0.05\n#=> true"]
    ) { parameter in
      let shape = parameter.rest("shape", .dimensions)
      let seed = parameter("seed", .seed, 0)
      return { call in
        let random = Use.normal.stream(try call[seed])
        return try tensor(call[shape], call) { normal(random, $0) }
      }
    },
    Builtin(
      .random, "randn_like",
      "numbers of a normal distribution in the shape of a tensor, such as one for each token",
      details: seedNote,
      examples: [
        "b = batch(logp: [[-1, -2], [-3]])\nshape(randn_like(b.logp, seed: 1)) == shape(b.logp)\n#=> true",
        "b = batch(logp: [[-1, -2], [-3]])\nb.old = b.old + 0.5 * randn_like(b.old, seed: 1)\nb.ratio[0][0] == 1\n#=> false",
      ]
    ) { parameter in
      let x = parameter("x", .tensor)
      let seed = parameter("seed", .seed, 0)
      return { call in
        let random = Use.normal.stream(try call[seed])
        return try tensor(call[x].shape, call) { normal(random, $0) }
      }
    },
    Builtin(
      .random, "randint",
      "whole numbers from `low` up to, but without, `high`",
      details: "Without a shape a single number. " + seedNote,
      examples: ["all(randint(0, 10, 100) < 10)\n#=> true", "randint(5, 6)\n#=> 5"]
    ) { parameter in
      let limit = 1 << 53
      let low = parameter("low", .integer(-limit...limit))
      let high = parameter("high", .integer(-limit...limit))
      let shape = parameter.rest("shape", .dimensions)
      let seed = parameter("seed", .seed, 0)
      return { call in
        let low = try call[low]
        let high = try call[high]
        guard low < high else { throw call.failure("`high` must be above `low`, got \(low) and \(high)") }
        let random = Use.integers.stream(try call[seed])
        return try tensor(call[shape], call) {
          Double(low + random.integer(below: high - low, at: UInt64($0)))
        }
      }
    },
    Builtin(
      .random, "shuffle", "the items in random order", details: seedNote,
      examples: ["sort(shuffle(1..5))\n#=> [1, 2, 3, 4, 5]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let seed = parameter("seed", .seed, 0)
      return { call in
        let xs = try call[xs]
        return try xs.picking(Use.shuffling.stream(call[seed]).permutation(xs.items.count))
      }
    },
    Builtin(
      .random, "draw", "`n` items in random order",
      details: "With `replace` an item may come several times, otherwise at most once. " + seedNote,
      examples: ["len(draw(1..100, 5))\n#=> 5", "len(unique(draw(1..5, 5)))\n#=> 5"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let n = parameter("n", .integer(0...1 << 28))
      let seed = parameter("seed", .seed, 0)
      let replace = parameter("replace", .flag, false)
      return { call in
        let xs = try call[xs]
        let n = try call[n]
        let count = xs.items.count
        let random = Use.drawing.stream(try call[seed])
        if try call[replace] {
          guard count > 0 || n == 0 else { throw call.failure("`xs` is empty") }
          return try xs.picking((0..<n).map { random.integer(below: count, at: UInt64($0)) })
        }
        guard n <= count else {
          throw call.failure(
            "`n` is \(n), but there are only \(count) items", help: "with replace: true items may repeat")
        }
        return try xs.picking(Array(random.permutation(count).prefix(n)))
      }
    },
    Builtin(
      .random, "choice", "one item at random", details: seedNote,
      examples: ["choice([1, 2, 3], seed: 4) in [1, 2, 3]\n#=> true"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let seed = parameter("seed", .seed, 0)
      return { call in
        let items = try call[xs].items
        guard !items.isEmpty else { throw call.failure("`xs` is empty") }
        return items[Use.choosing.stream(try call[seed]).integer(below: items.count, at: 0)]
      }
    },
  ]

  /// A tensor of these dimensions filled by index; a number where there are none.
  private static func tensor(_ dimensions: [Int], _ call: Call, _ number: (Int) -> Double) throws -> Value {
    if dimensions.isEmpty { return .number(number(0)) }
    return try tensor(Shape(dimensions, for: call.signature.name), call, number)
  }

  private static func tensor(_ shape: Shape, _ call: Call, _ number: (Int) -> Double) throws -> Value {
    let storage = try Storage<Double>(uninitialized: shape.count, for: call.signature.name)
    for i in 0..<shape.count {
      if i & 0xFFFF == 0 { try Interrupt.check(call.signature.name) }
      storage[i] = number(i)
    }
    return .object(TensorObject(try Tensor(storage, shape: shape, for: call.signature.name)))
  }

  /// The normal number at `index`.
  ///
  /// `z = sqrt(-2 ln u) cos(2 pi v)` for even and `... sin(2 pi v)` for odd positions of a pair, u in (0, 1]
  /// (Box and Muller, "A note on the generation of random normal deviates", 1958).
  private static func normal(_ random: Philox, _ index: Int) -> Double {
    let words = random.words(at: UInt64(index / 2))
    let u = (Double((UInt64(words[0]) << 32 | UInt64(words[1])) >> 11) + 1) * 0x1p-53
    let v = Double((UInt64(words[2]) << 32 | UInt64(words[3])) >> 11) * 0x1p-53
    let radius = (-2 * log(u)).squareRoot()
    return index % 2 == 0 ? radius * cos(2 * .pi * v) : radius * sin(2 * .pi * v)

  }
}
