import Engine

/// Numbers in a row: their order, their distribution, how they go on.
enum SeriesBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .reductions, "hist", "how many numbers lie in each of `bins` intervals of one width, as a table",
      details: """
        The columns are `low`, `high` and `count`. An interval holds its lower end, the last one both ends (NumPy's `histogram`). `from` and `to` are the \
        ends of the first and the last, the least and the greatest number unless said otherwise; what lies outside and what is not finite is not \
        counted. `plot x, kind: "hist"` draws it.
        """,
      examples: [
        "hist([1, 2, 2, 5], bins: 2)\n#=> low  high  count\n#=>   1     3      3\n#=>   3     5      1"
      ]
    ) { parameter in
      let x = parameter("x", .tensor)
      let bins = parameter("bins", .integer(1...100_000), 10)
      let low = parameter.optional("from", .number, words: "the least")
      let high = parameter.optional("to", .number, words: "the greatest")
      return { call in
        let (from, to) = try (call[low], call[high])
        let bins = try Histogram(call[x].trainable().values, bins: call[bins], from: from, to: to)
        return .object(
          try Table([
            ("low", bins.edges.dropLast().map { .number($0) }),
            ("high", bins.edges.dropFirst().map { .number($0) }),
            ("count", bins.counts.map { .number(Double($0)) }),
          ]))
      }
    },
    Builtin(
      .reductions, "corr", "the correlation of two rows of numbers, from -1 to 1",
      details: """
        Pearson's, cov(x, y) / (std(x) std(y)); with `ranks` Spearman's, that of the ranks, where equal numbers share the mean of theirs. \
        Pairs with a number that is not finite are left out. It is nan where one of them does not vary.
        """,
      examples: [
        "corr([1, 2, 3], [2, 4, 7]) > 0.98\n#=> true", "corr([1, 2, 3], [1, 10, 100], ranks: true)\n#=> 1",
      ]
    ) { parameter in
      let x = parameter("x", .tensor)
      let y = parameter("y", .tensor)
      let ranks = parameter("ranks", .flag, false)
      return { call in
        let (x, y) = try (call[x].values, call[y].values)
        guard x.count == y.count else { throw call.failure("\(x.count) numbers do not pair with \(y.count)") }
        var (a, b): ([Double], [Double]) = ([], [])
        try zip(x, y).forEachInterruptibly("corr") { x, y in
          guard x.isFinite, y.isFinite else { return }
          a.append(x)
          b.append(y)
        }
        return .number(
          try call[ranks] ? correlation(Series.ranks(a), Series.ranks(b)) : correlation(a, b))
      }
    },
    Builtin(
      .reductions, "argsort", "the positions that put the items in order",
      examples: ["argsort([30, 10, 20])\n#=> [1, 2, 0]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let descending = parameter("descending", .flag, false)
      return { call in
        .numbers(try Ordering.positions(call[xs].items, descending: call[descending]).map(Double.init))
      }
    },
    Builtin(
      .reductions, "top_k", "the `k` greatest items in falling order, as `values`, and their `positions`",
      examples: ["top_k([3, 9, 4], 2)\n#=> {values: [9, 4], positions: [1, 2]}"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let k = parameter("k", .count)
      return { call in
        let xs = try call[xs]
        let positions = try Array(Ordering.positions(xs.items, descending: true).prefix(call[k]))
        return .object(
          Record(["values": try xs.picking(positions), "positions": .numbers(positions.map(Double.init))]))
      }
    },
    Builtin(
      .reductions, "diff", "each number less the one before it, one fewer than there are",
      examples: ["diff([1, 4, 9])\n#=> [3, 5]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in
        let x = try call[x].values
        return .tensor(try Tensor(zip(x.dropFirst(), x).map { $0 - $1 }))
      }
    },
    Builtin(
      .reductions, "ema", "the exponential moving average: y_0 = x_0, y_t = y_(t-1) + alpha (x_t - y_(t-1))",
      details: "A number that is not finite leaves the average as it was.",
      examples: ["ema([1, 2, 3], 0.5)\n#=> [1, 1.5, 2.25]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let alpha = parameter("alpha", .number, 0.1)
      return { call in
        let alpha = try call[alpha]
        guard alpha > 0, alpha <= 1 else {
          throw call.failure("`alpha` must be above 0 and at most 1, got \(Printing.number(alpha))")
        }
        return .tensor(try Tensor(Series.smoothed(call[x].values, alpha: alpha)))
      }
    },
  ]

  private static func correlation(_ x: [Double], _ y: [Double]) -> Double {
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    let (a, b) = (mean(x), mean(y))
    let (xx, yy, xy) = zip(x, y).reduce((0.0, 0.0, 0.0)) { sums, pair in
      let (p, q) = (pair.0 - a, pair.1 - b)
      return (sums.0 + p * p, sums.1 + q * q, sums.2 + p * q)
    }
    let bound = (xx * yy).squareRoot()
    return bound > 0 ? max(-1, min(1, xy / bound)) : .nan
  }
}

/// What is computed of a row of numbers.
enum Series {
  /// Ranks from 1, equal numbers with the mean of theirs.
  static func ranks(_ x: [Double]) throws -> [Double] {
    let order = try x.indices.sortedInterruptibly("corr") { x[$0] < x[$1] }
    var ranks = [Double](repeating: 0, count: x.count)
    var start = 0
    while start < order.count {
      if start & 0xFFF == 0 { try Interrupt.check("corr") }
      var end = start
      while end + 1 < order.count, x[order[end + 1]] == x[order[start]] { end += 1 }
      for i in start...end { ranks[order[i]] = Double(start + end) / 2 + 1 }
      start = end + 1
    }
    return ranks
  }

  /// The exponential moving average; what is not finite leaves it as it was.
  static func smoothed(_ x: [Double], alpha: Double) throws -> [Double] {
    var average = Double.nan
    return try x.mapInterruptibly("ema") { number in
      if number.isFinite { average = average.isNaN ? number : average + alpha * (number - average) }
      return average
    }
  }
}

/// Numbers counted in intervals of one width.
struct Histogram {
  let edges: [Double]
  let counts: [Int]

  init(_ numbers: [Double], bins: Int, from: Double? = nil, to: Double? = nil) throws {
    let numbers = numbers.filter(\.isFinite)
    var low = from ?? numbers.min() ?? 0
    var high = to ?? numbers.max() ?? 1
    guard low <= high, low.isFinite, high.isFinite else {
      throw RuntimeError(
        "hist: `from` must be below `to`, got \(Printing.number(low)) and \(Printing.number(high))")
    }
    // Half a unit on each side, or what a large number can tell from itself.
    let room = max(0.5, low.magnitude * 1e-9)
    if low == high { (low, high) = (low - room, high + room) }
    guard (high - low).isFinite else {
      throw RuntimeError(
        "hist: the ends \(Printing.number(low)) and \(Printing.number(high)) are too far apart",
        help: "give `from` and `to`")
    }
    let width = (high - low) / Double(bins)
    let edges = (0...bins).map { $0 == bins ? high : low + width * Double($0) }
    var counts = [Int](repeating: 0, count: bins)
    try numbers.forEachInterruptibly("hist") { number in
      guard number >= low, number <= high else { return }
      var bin = min(bins - 1, max(0, Int(((number - low) / (high - low) * Double(bins)).rounded(.down))))
      // Rounding may put a number beside the edge that it lies on.
      if number < edges[bin], bin > 0 { bin -= 1 }
      if bin + 1 < bins, number >= edges[bin + 1] { bin += 1 }
      counts[bin] += 1
    }
    (self.edges, self.counts) = (edges, counts)
  }
}
