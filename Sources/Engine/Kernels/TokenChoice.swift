/// Chooses a token from a row of logits.
struct TokenChoice: Sendable {
  let vocabulary: Int
  let isGreedy: Bool
  let topK: Int
  let topP: Double
  /// Whether the log-probabilities are those among what top-k and top-p leave.
  let recordsKept: Bool
  /// One over the temperature of the log-probabilities.
  let inverseTemperature: Float

  init(_ options: SamplingOptions, vocabulary: Int) {
    self.vocabulary = vocabulary
    isGreedy = options.isGreedy
    topK = options.topK > 0 ? min(options.topK, vocabulary) : vocabulary
    topP = options.topP
    recordsKept = options.recordsKept
    inverseTemperature = Float(1 / options.reportedTemperature)
  }

  /// Whether every token may be drawn.
  private var keepsAll: Bool { topK == vocabulary && topP == 1 }

  /// The floats of scratch a choice needs beside the exponentials.
  var scratchFloats: Int { isGreedy || keepsAll ? 0 : vocabulary }

  /// One token for each of some numbers in [0, 1), from one row of logits, padded.
  ///
  /// `give` gets them in order, with what each was drawn from where that is recorded; then the row's other logits are
  /// minus infinity afterwards. `exponentials` takes e^(z - maximum) of every token, `scratch` is room for
  /// `scratchFloats`.
  func draw(
    _ logits: FloatView, _ uniforms: some Sequence<Double>, exponentials: FloatView, scratch: FloatView,
    _ give: (DecodedToken, TokenSet?) -> Void
  ) {
    var softmax = Softmax(logits, inverseTemperature, exponentials: exponentials)
    var kept: TokenSet?
    for uniform in uniforms {
      let (token, share, likeliest) =
        isGreedy
        ? (largest(logits.at(0)), 1, [])
        : keepsAll
          ? (fromAll(exponentials.at(0), uniform), 1, [])
          : fromLikeliest(exponentials.at(0), uniform, scratch.at(0))
      // What is left does not depend on the draw.
      if recordsKept, kept == nil {
        let set = TokenSet(likeliest, vocabulary: vocabulary)
        logits.keep(set)
        softmax = Softmax(logits, inverseTemperature)
        kept = set
      }
      let logProb = softmax.logProb(logits.at(0, token).pointee, inverseTemperature)
      give(
        DecodedToken(
          token: Int32(truncatingIfNeeded: token), logProb: logProb,
          samplerLogProb: share < 1 ? logProb - Float(libmLog(share)) : logProb, entropy: softmax.entropy),
        kept)
    }
  }

  private func largest(_ logits: Floats) -> Int {
    var best = 0
    for token in 1..<max(vocabulary, 1) where logits[token] > logits[best] { best = token }
    return best
  }

  /// Inverts the cumulative distribution, in the order of the vocabulary.
  private func fromAll(_ weights: Floats, _ uniform: Double) -> Int {
    var total = 0.0
    for token in 0..<vocabulary { total += Double(weights[token]) }
    let target = uniform * total
    var sum = 0.0
    var last = 0
    for token in 0..<vocabulary where weights[token] > 0 {
      sum += Double(weights[token])
      last = token
      if sum > target { return token }
    }
    return last
  }

  /// Takes tokens from a heap, likeliest first (of equals the one that stands first), until `topK` or `topP`
  /// is reached, and draws among them.
  ///
  /// `share` is the probability that they have together, `kept` has them where they are to be recorded.
  private func fromLikeliest(
    _ weights: Floats, _ uniform: Double, _ scratch: MutableFloats
  ) -> (token: Int, share: Double, kept: [Int32]) {
    var total = 0.0
    for token in 0..<vocabulary { total += Double(weights[token]) }
    return scratch.withMemoryRebound(to: Int32.self, capacity: vocabulary) { heap in
      for token in 0..<vocabulary { heap[token] = Int32(truncatingIfNeeded: token) }
      for node in stride(from: vocabulary / 2 - 1, through: 0, by: -1) {
        sift(heap, node, vocabulary, weights)
      }
      var size = vocabulary
      var kept = 0
      var sum = 0.0
      while kept < topK, size > 0, kept == 0 || sum < topP * total {
        let token = heap[0]
        sum += Double(weights[Int(token)])
        kept += 1
        size -= 1
        heap[0] = heap[size]
        heap[size] = token
        sift(heap, 0, size, weights)
      }
      let likeliest = recordsKept ? (0..<kept).map { heap[vocabulary - 1 - $0] } : []
      let target = uniform * sum
      var reached = 0.0
      for i in 0..<kept {
        let token = Int(heap[vocabulary - 1 - i])
        reached += Double(weights[token])
        if reached > target { return (token, sum / total, likeliest) }
      }
      return (Int(heap[vocabulary - 1]), sum / total, likeliest)
    }
  }

  private func sift(_ heap: UnsafeMutablePointer<Int32>, _ start: Int, _ size: Int, _ weights: Floats) {
    func before(_ a: Int32, _ b: Int32) -> Bool {
      let x = weights[Int(a)]
      let y = weights[Int(b)]
      return x > y || (x == y && a < b)
    }
    var node = start
    while true {
      var best = node
      let left = 2 * node + 1
      let right = left + 1
      if left < size, before(heap[left], heap[best]) { best = left }
      if right < size, before(heap[right], heap[best]) { best = right }
      if best == node { return }
      let held = heap[node]
      heap[node] = heap[best]
      heap[best] = held
      node = best
    }
  }
}

extension FloatView {
  /// Sets every logit of the first row to minus infinity but those of the tokens in `set`; an empty set leaves all.
  func keep(_ set: TokenSet) {
    let tokens = set.tokens
    if tokens.isEmpty { return }
    let kept = tokens.map { at(0, Int($0)).pointee }
    self[0..<1].fill(-.infinity)
    for (token, logit) in zip(tokens, kept) { at(0, Int(token)).pointee = logit }
  }
}
