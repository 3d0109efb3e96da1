import Engine

/// Random numbers that depend on a seed alone.
enum RandomBuiltins {
  /// What a draw is for; two of them never share numbers under one seed.
  private enum Use: UInt64 {
    case uniform = 1
    case normal, integers, shuffling, drawing, choosing
  }

  private static let seedNote = """
    The same seed gives the same result everywhere; without one the seed is 0, so pass another one for other numbers. \
    A list of whole numbers is a seed too: `seed: [run, step]`.
    """

  static let all: [Builtin] = [
    Builtin(
      .random, written: "rand(shape..., seed = 0)",
      "numbers from 0 up to, but without, 1, all equally likely",
      details: "Without a shape a single number. " + seedNote,
      examples: [
        "shape(rand(2, 3, seed: 1))\n#=> [2, 3]", "rand(3, seed: 1) == rand(3, seed: 1)\n#=> [1, 1, 1]",
      ]
    ) { call in
      let random = try stream(call, 1, .uniform)
      return try tensor(call, 0) { random.uniform(at: UInt64($0)) }
    },
    Builtin(
      .random, written: "randn(shape..., seed = 0)",
      "numbers of a normal distribution with mean 0 and standard deviation 1",
      details: "Without a shape a single number. " + seedNote,
      examples: ["abs(mean(randn(10000, seed: 1))) < 0.05\n#=> true"]
    ) { call in
      let random = try stream(call, 1, .normal)
      return try tensor(call, 0) { normal(random, $0) }
    },
    Builtin(
      .random, written: "randint(low, high, shape..., seed = 0)",
      "whole numbers from `low` up to, but without, `high`",
      details: "Without a shape a single number. " + seedNote,
      examples: ["all(randint(0, 10, 100) < 10)\n#=> true", "randint(5, 6)\n#=> 5"]
    ) { call in
      let limit = 1 << 53
      let low = try call.integer(0, -limit...limit)
      let high = try call.integer(1, -limit...limit)
      guard low < high else { throw call.failure("`high` must be above `low`, got \(low) and \(high)") }
      let random = try stream(call, 3, .integers)
      return try tensor(call, 2) { Double(low + random.integer(below: high - low, at: UInt64($0))) }
    },
    Builtin(
      .random, written: "shuffle(xs, seed = 0)", "the items in random order", details: seedNote,
      examples: ["sort(shuffle(1..5))\n#=> [1, 2, 3, 4, 5]"]
    ) { call in
      let xs = try call.sequence(0)
      return try xs.picking(stream(call, 1, .shuffling).permutation(xs.items.count))
    },
    Builtin(
      .random, written: "draw(xs, n, seed = 0, replace = false)", "`n` items in random order",
      details: "With `replace` an item may come several times, otherwise at most once. " + seedNote,
      examples: ["len(draw(1..100, 5))\n#=> 5", "len(unique(draw(1..5, 5)))\n#=> 5"]
    ) { call in
      let xs = try call.sequence(0)
      let n = try call.integer(1, 0...1 << 28)
      let count = xs.items.count
      let random = try stream(call, 2, .drawing)
      if try call.bool(3) {
        guard count > 0 || n == 0 else { throw call.failure("`xs` is empty") }
        return try xs.picking((0..<n).map { random.integer(below: count, at: UInt64($0)) })
      }
      guard n <= count else {
        throw call.failure(
          "`n` is \(n), but there are only \(count) items", help: "with replace: true items may repeat")
      }
      return try xs.picking(Array(random.permutation(count).prefix(n)))
    },
    Builtin(
      .random, written: "choice(xs, seed = 0)", "one item at random", details: seedNote,
      examples: ["choice([1, 2, 3], seed: 4) in [1, 2, 3]\n#=> true"]
    ) { call in
      let items = try call.sequence(0).items
      guard !items.isEmpty else { throw call.failure("`xs` is empty") }
      return items[try stream(call, 1, .choosing).integer(below: items.count, at: 0)]
    },
  ]

  private static func stream(_ call: Call, _ seed: Int, _ use: Use) throws -> Philox {
    Philox(seed: try call.seed(seed), .script, use.rawValue)
  }

  /// A tensor whose shape the arguments from `position` on give, filled by index; a number without a shape.
  private static func tensor(_ call: Call, _ position: Int, _ number: (Int) -> Double) throws -> Value {
    if try call.items(position).isEmpty { return .number(number(0)) }
    let shape = try TensorBuiltins.shape(call, position)
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
