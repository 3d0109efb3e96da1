/// The cosines and sines of rotary position embedding, for positions from 0 on.
///
/// Paper: Su et al., "RoFormer" (2021), equation 34; number i of a head is paired with number i + width/2
/// (the layout of GPT-NeoX and Qwen3), at the angle position * base^(-2i/width).
final class RotaryTable: @unchecked Sendable {
  let positions: Int
  let half: Int
  private let storage: Storage<Float>

  init(positions: Int, headWidth: Int, base: Double) throws(EngineError) {
    self.positions = positions
    half = headWidth / 2
    let (count, overflow) = positions.multipliedReportingOverflow(by: headWidth)
    guard !overflow else { throw EngineError(.memory, "policy", "cannot hold \(positions) positions") }
    storage = try Storage(uninitialized: count, for: "policy")
    for i in 0..<half {
      let frequency = pow(base, -2 * Double(i) / Double(headWidth))
      for position in 0..<positions {
        let angle = Double(position) * frequency
        storage.base[position * headWidth + i] = Float(cos(angle))
        storage.base[position * headWidth + half + i] = Float(sin(angle))
      }
    }
  }

  /// The cosines for `position`; the sines follow, `half` floats on.
  @inline(__always) func angles(_ position: Int) -> Floats { Floats(storage.base) + position * half * 2 }

  /// Rotates `x` by the angles and multiplies by `scale`; `y` may be `x`.
  @inline(__always)
  static func rotate(_ x: Floats, _ angles: Floats, _ half: Int, _ scale: Float, into y: MutableFloats) {
    var i = 0
    let scales = Lanes(repeating: scale)
    while i + 16 <= half {
      let c = angles.lanes(i)
      let s = angles.lanes(half + i)
      let u = x.lanes(i)
      let v = x.lanes(half + i)
      y.store((u * c).addingProduct(-v, s) * scales, i)
      y.store((v * c).addingProduct(u, s) * scales, half + i)
      i += 16
    }
    while i < half {
      let c = angles[i]
      let s = angles[half + i]
      let u = x[i]
      let v = x[half + i]
      y[i] = fma(-v, s, u * c) * scale
      y[half + i] = fma(u, s, v * c) * scale
      i += 1
    }
  }

  /// The gradient of `rotate`: rotates back and multiplies by `scale`; `y` may be `x`.
  @inline(__always)
  static func rotateBack(_ x: Floats, _ angles: Floats, _ half: Int, _ scale: Float, into y: MutableFloats) {
    for i in 0..<half {
      let c = angles[i]
      let s = angles[half + i]
      let u = x[i]
      let v = x[half + i]
      y[i] = fma(v, s, u * c) * scale
      y[half + i] = fma(-u, s, v * c) * scale
    }
  }
}
