import Engine

/// Sums, means and the like; those over a batch carry the field's names.
enum ReductionBuiltins {
  static let all: [Builtin] = [
    reduction("sum", "the sum of all elements, or along an axis", "sum([1, 2, 3])\n#=> 6") { x, axis in
      try axis.map { try x.sum(axis: $0) } ?? x.sum()
    },
    reduction("mean", "the mean of all elements, or along an axis", "mean([1, 2, 3])\n#=> 2") { x, axis in
      try axis.map { try x.mean(axis: $0) } ?? x.mean()
    },
    reduction("prod", "the product of all elements, or along an axis", "prod([1, 2, 4])\n#=> 8") { x, axis in
      try axis.map { try x.product(axis: $0) } ?? x.product()
    },
    reduction("argmax", "the position of the greatest element", "argmax([3, 9, 4])\n#=> 1") { x, axis in
      try x.argmax(axis: axis)
    },
    reduction("argmin", "the position of the least element", "argmin([3, 9, 4])\n#=> 0") { x, axis in
      try x.argmin(axis: axis)
    },
    reduction("logsumexp", "log(sum(exp(x))), without overflow", "close(logsumexp([0, 0]), log(2))\n#=> true")
    { x, axis in
      try x.logSumExp(axis: axis)
    },
    spread("std", "standard deviation", "std([1, 2, 3])\n#=> 1") {
      try $0.standardDeviation(axis: $1, ddof: $2)
    },
    spread("var", "variance", "var([1, 2, 3])\n#=> 1") { try $0.variance(axis: $1, ddof: $2) },
    Builtin(
      .reductions, "median", "the middle element, or the mean of the two in the middle",
      examples: ["median([3, 1, 2])\n#=> 2"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .number(try Quantile.of(call[x].trainable(), [0.5], call)[0]) }
    },
    Builtin(
      .reductions, "quantile",
      "the value below which a share q of the elements lies, interpolated",
      examples: ["quantile([0, 10], 0.25)\n#=> 2.5"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let q = parameter("q", .tensor)
      return { call in
        let shares = try call[q]
        let quantiles = try Quantile.of(call[x].trainable(), shares.values, call)
        return .tensor(shares.isScalar ? Tensor(quantiles[0]) : try Tensor(quantiles))
      }
    },
    Builtin(
      .reductions, "cumsum", "running sums along an axis",
      examples: ["cumsum([1, 2, 3])\n#=> [1, 3, 6]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let axis = parameter("axis", .integer, 0)
      return { call in .tensor(try call[x].cumulativeSum(axis: call[axis])) }
    },
    Builtin(
      .reductions, "norm", "the square root of the sum of squares",
      examples: ["norm([3, 4])\n#=> 5"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .tensor(try call[x].norm()) }
    },
    Builtin(
      .reductions, "any", "whether some element is not 0 or false",
      examples: ["any([0, 1] > 0)\n#=> true"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .bool(try call[x].any().item() != 0) }
    },
    Builtin(
      .reductions, "all", "whether every element is not 0 or false",
      examples: ["all([1, 2] > 0)\n#=> true"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .bool(try call[x].all().item() != 0) }
    },
    packed(
      "token_mean", "the mean over all tokens of a batch", "every token counts the same",
      "token_mean([[1, 2], [6]])\n#=> 3"
    ) { try $0.tokenMean() },
    packed("token_sum", "the sum over all tokens of a batch", "", "token_sum([[1, 2], [6]])\n#=> 9") {
      try $0.tokenSum()
    },
    packed(
      "seq_mean_token_mean", "the mean over sequences of the mean over their tokens",
      "every sequence counts the same",
      "seq_mean_token_mean([[1, 2], [6]])\n#=> 3.75"
    ) { try $0.sequenceMeanTokenMean() },
    packed(
      "seq_mean_token_sum", "the mean over sequences of the sum over their tokens", "",
      "seq_mean_token_sum([[1, 2], [6]])\n#=> 4.5"
    ) { try $0.sequenceMeanTokenSum() },
    Builtin(
      .reductions, "seq_mean_token_sum_norm",
      "the sum over tokens divided by sequences times a constant budget of tokens",
      details: "The aggregation of Dr. GRPO (arXiv:2503.20783).",
      examples: ["seq_mean_token_sum_norm([[1, 2], [6]], 9)\n#=> 0.5"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let budget = parameter("budget", .number)
      return { call in .tensor(try call[x].sequenceMeanTokenSumNorm(call[budget])) }
    },
    packed(
      "seq_mean", "the mean of every sequence of a ragged tensor", "", "seq_mean([[1, 2], [6]])\n#=> [1.5, 6]"
    ) { try $0.sequenceMean() },
    packed(
      "seq_sum", "the sum of every sequence of a ragged tensor", "", "seq_sum([[1, 2], [6]])\n#=> [3, 6]"
    ) { try $0.sequenceSum() },
  ]

  private static func reduction(
    _ name: String, _ summary: String, _ example: String,
    _ body: @escaping @Sendable (Tensor, Int?) throws -> Tensor
  ) -> Builtin {
    Builtin(.reductions, name, summary, examples: [example]) { parameter in
      let x = parameter("x", .tensor)
      let axis = parameter.optional("axis", .integer)
      return { call in .tensor(try body(call[x], call[axis])) }
    }
  }

  private static func spread(
    _ name: String, _ what: String, _ example: String,
    _ body: @escaping @Sendable (Tensor, Int?, Int) throws -> Tensor
  ) -> Builtin {
    Builtin(
      .reductions, name,
      "the \(what) of all elements, or along an axis",
      details: "Divided by n - ddof: 1 gives the sample's, 0 the population's.", examples: [example]
    ) { parameter in
      let x = parameter("x", .tensor)
      let axis = parameter.optional("axis", .integer)
      let ddof = parameter("ddof", .count, 1)
      return { call in .tensor(try body(call[x], call[axis], call[ddof])) }
    }
  }

  private static func packed(
    _ name: String, _ summary: String, _ remark: String, _ example: String,
    _ body: @escaping @Sendable (Tensor) throws -> Tensor
  ) -> Builtin {
    Builtin(
      .reductions, name, summary,
      details: (remark.isEmpty ? "" : remark.prefix(1).uppercased() + remark.dropFirst() + ". ")
        + "An empty sequence contributes 0 and is not counted.",
      examples: [example]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .tensor(try body(call[x])) }
    }
  }
}

extension Quantile {
  static func of(_ tensor: Tensor, _ shares: [Double], _ call: Call) throws -> [Double] {
    if let wrong = shares.first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw call.failure("a quantile is from 0 to 1, got \(Printing.number(wrong))")
    }
    guard tensor.count > 0 else { throw call.failure("there are no numbers") }
    return try of(tensor, shares)
  }
}
