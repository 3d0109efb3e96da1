/// y = gain * x * r with r = (mean(x^2) + epsilon)^(-1/2).
///
/// Paper: Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), equation 4, with epsilon.
enum RootMeanSquareNorm {
  /// r for one row of `width` numbers: 16 partial sums, then the rest in order.
  @inline(__always)
  static func inverse(_ x: Floats, _ width: Int, _ epsilon: Float) -> Float {
    var sums = Lanes.zero
    var i = 0
    while i + 16 <= width {
      let v = x.lanes(i)
      sums = sums.addingProduct(v, v)
      i += 16
    }
    var sum = sums.total
    while i < width {
      sum = fma(x[i], x[i], sum)
      i += 1
    }
    return 1 / (sum / Float(width) + epsilon).squareRoot()
  }

  /// Normalises one row; returns r.
  @inline(never)
  static func forward(
    _ x: Floats, _ gain: Floats, _ width: Int, _ epsilon: Float, into y: MutableFloats
  ) -> Float {
    let r = inverse(x, width, epsilon)
    scale(x, r, gain, width, into: y)
    return r
  }

  /// `y = gain * x * r` for `width` numbers of a row.
  @inline(__always)
  static func scale(_ x: Floats, _ r: Float, _ gain: Floats, _ width: Int, into y: MutableFloats) {
    let rs = Lanes(repeating: r)
    var i = 0
    while i + 16 <= width {
      y.store(x.lanes(i) * rs * gain.lanes(i), i)
      i += 16
    }
    while i < width {
      y[i] = x[i] * r * gain[i]
      i += 1
    }
  }

  /// The gradient of one row: `dx = residual + r (g - x r^2 mean(g x))` with g = gain * dy, and
  /// `dGain += dy * x * r`.
  ///
  /// `dx` may be `dy` or `residual`.
  @inline(never)
  static func backward(
    _ dy: Floats, _ x: Floats, _ r: Float, _ gain: Floats, _ width: Int,
    residual: Floats?, into dx: MutableFloats, _ dGain: MutableFloats
  ) {
    let rs = Lanes(repeating: r)
    var dots = Lanes.zero
    var i = 0
    while i + 16 <= width {
      let v = x.lanes(i)
      let d = dy.lanes(i)
      dots = dots.addingProduct(d * gain.lanes(i), v)
      dGain.store(dGain.lanes(i).addingProduct(d * rs, v), i)
      i += 16
    }
    var dot = dots.total
    while i < width {
      dot = fma(dy[i] * gain[i], x[i], dot)
      dGain[i] = fma(dy[i] * r, x[i], dGain[i])
      i += 1
    }
    let c = -r * r * r * dot / Float(width)
    let cs = Lanes(repeating: c)
    i = 0
    while i + 16 <= width {
      let v = (dy.lanes(i) * gain.lanes(i) * rs).addingProduct(cs, x.lanes(i))
      dx.store(residual.map { $0.lanes(i) + v } ?? v, i)
      i += 16
    }
    while i < width {
      let v = fma(c, x[i], dy[i] * gain[i] * r)
      dx[i] = residual.map { $0[i] + v } ?? v
      i += 1
    }
  }

  /// Normalises all rows of `x`; `inverse` gets the factor r of each.
  static func forward(
    _ x: FloatView, gain: FloatView, _ epsilon: Float, into y: FloatView, inverse: FloatView
  ) {
    for row in 0..<x.rows {
      inverse.at(row).pointee = forward(x.at(row), gain.at(0), x.columns, epsilon, into: y.at(row))
    }
  }

  /// Normalises the rows `rows` of `x`, whose factors are known.
  static func scale(
    _ x: FloatView, _ rows: ArraySlice<Int32>, inverse: FloatView, gain: FloatView, into y: FloatView
  ) {
    for (i, row) in rows.enumerated() {
      scale(x.at(Int(row)), inverse.at(Int(row)).pointee, gain.at(0), x.columns, into: y.at(i))
    }
  }

  /// The gradient of all rows of `x`; adds to `dGain`, one row, in the order of rows.
  static func backward(
    _ dy: FloatView, _ x: FloatView, inverse: FloatView, gain: FloatView, residual: FloatView,
    into dx: FloatView, dGain: FloatView
  ) {
    for row in 0..<x.rows {
      backward(
        dy.at(row), x.at(row), inverse.at(row).pointee, gain.at(0), x.columns,
        residual: Floats(residual.at(row)), into: dx.at(row), dGain.at(0))
    }
  }
}
