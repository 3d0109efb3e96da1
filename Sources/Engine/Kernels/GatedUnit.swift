/// SwiGLU's product: a = silu(gate) * up with silu(g) = g s and s = 1 / (1 + e^-g).
///
/// Paper: Shazeer, "GLU Variants Improve Transformer" (2020), equation 6.
enum GatedUnit {
  /// One row: `gateUp` holds `width` gates, then `width` ups.
  @inline(never)
  static func forward(_ gateUp: Floats, _ width: Int, into a: MutableFloats) {
    let up = gateUp + width
    let one = Lanes(repeating: 1)
    var i = 0
    while i + 16 <= width {
      let g = gateUp.lanes(i)
      let s = one / (one + exp16(-g))
      a.store(g * s * up.lanes(i), i)
      i += 16
    }
    while i < width {
      let s = 1 / (1 + Exponential.scalar(-gateUp[i]))
      a[i] = gateUp[i] * s * up[i]
      i += 1
    }
  }

  /// The gradient of one row, `dGateUp` from `da`, and the product once more.
  @inline(never)
  static func backward(
    _ da: Floats, _ gateUp: Floats, _ width: Int, into dGateUp: MutableFloats, product a: MutableFloats
  ) {
    let up = gateUp + width
    let dUp = dGateUp + width
    let one = Lanes(repeating: 1)
    var i = 0
    while i + 16 <= width {
      let g = gateUp.lanes(i)
      let d = da.lanes(i)
      let s = one / (one + exp16(-g))
      let silu = g * s
      let u = up.lanes(i)
      a.store(silu * u, i)
      dUp.store(d * silu, i)
      dGateUp.store(d * u * s * one.addingProduct(g, one - s), i)
      i += 16
    }
    while i < width {
      let g = gateUp[i]
      let d = da[i]
      let s = 1 / (1 + Exponential.scalar(-g))
      a[i] = g * s * up[i]
      dUp[i] = d * (g * s)
      dGateUp[i] = d * up[i] * s * fma(g, 1 - s, 1)
      i += 1
    }
  }

  /// The products of all rows: `gateUp` is `(rows, 2 width)`, `a` `(rows, width)`.
  static func forward(_ gateUp: FloatView, into a: FloatView) {
    for row in 0..<a.rows { forward(gateUp.at(row), a.columns, into: a.at(row)) }
  }

  /// The gradients of all rows, and the products once more.
  static func backward(_ da: FloatView, _ gateUp: FloatView, into dGateUp: FloatView, product a: FloatView) {
    for row in 0..<a.rows {
      backward(da.at(row), gateUp.at(row), a.columns, into: dGateUp.at(row), product: a.at(row))
    }
  }
}
