/// The softmax of a row of logits z / temperature.
///
/// Rows are padded to a multiple of 16 with minus infinity, which `pad` writes.
struct Softmax {
  /// The largest z / temperature.
  let maximum: Float
  /// The sum of e^(z/temperature - maximum).
  let sum: Float
  /// The sum of e^(z/temperature - maximum) (z/temperature - maximum).
  let weighted: Float
  /// log(sum).
  let logSum: Float

  /// The floats a row of `count` logits takes.
  static func padded(_ count: Int) -> Int { (count + 15) & ~15 }

  static func pad(_ logits: MutableFloats, _ count: Int) {
    for i in count..<padded(count) { logits[i] = -.infinity }
  }

  /// The softmax of row `row` of `logits`, padded.
  init(_ logits: FloatView, row: Int = 0, _ inverseTemperature: Float, exponentials: FloatView? = nil) {
    self.init(
      logits.at(row), logits.columns, inverseTemperature, exponentials: exponentials.map { $0.at(row) })
  }

  /// Reads a padded row of `padded` logits; writes the exponentials where `exponentials` points.
  @inline(never)
  init(_ logits: Floats, _ padded: Int, _ inverseTemperature: Float, exponentials: MutableFloats? = nil) {
    let scale = Lanes(repeating: inverseTemperature)
    var maxima = Lanes(repeating: -.infinity)
    var i = 0
    while i < padded {
      maxima = maxima.larger(logits.lanes(i) * scale)
      i += 16
    }
    let maximum = maxima.largest
    let top = Lanes(repeating: maximum)
    var sums = Lanes.zero
    var weights = Lanes.zero
    i = 0
    while i < padded {
      let z = logits.lanes(i) * scale - top
      let e = exp16(z)
      sums += e
      weights = weights.addingProduct(e, z.replacing(with: Lanes.zero, where: z .< Lanes(repeating: -87)))
      if let exponentials { exponentials.store(e, i) }
      i += 16
    }
    self.maximum = maximum
    sum = sums.total
    weighted = weights.total
    logSum = Exponential.log(sum)
  }

  /// log softmax(z / temperature) of one logit.
  @inline(__always) func logProb(_ logit: Float, _ inverseTemperature: Float) -> Float {
    logit * inverseTemperature - maximum - logSum
  }

  /// The entropy, in nats.
  @inline(__always) var entropy: Float { logSum - weighted / sum }

  /// Turns logits into their gradient, up to the terms of the tokens that were taken:
  /// `dz = -(total p + h p (log p + H)) / temperature`, with `total` the sum of the derivatives of the row's
  /// log-probabilities and h that of its entropy H.
  @inline(never)
  func backward(
    _ logits: MutableFloats, _ padded: Int, _ inverseTemperature: Float, total: Float, entropyWeight h: Float
  ) {
    let scale = Lanes(repeating: inverseTemperature)
    let top = Lanes(repeating: maximum)
    let inverse = Lanes(repeating: 1 / sum)
    let offset = Lanes(repeating: entropy - logSum)
    let totals = Lanes(repeating: -total * inverseTemperature)
    let weights = Lanes(repeating: -h * inverseTemperature)
    var i = 0
    while i < padded {
      var z = logits.lanes(i) * scale - top
      let p = exp16(z) * inverse
      z = z.replacing(with: Lanes.zero, where: z .< Lanes(repeating: -87))
      logits.store((totals * p).addingProduct(weights * p, z + offset), i)
      i += 16
    }
  }
}
