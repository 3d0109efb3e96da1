/// A format in which an inference engine holds weights.
public enum WeightFormat: String, Sendable, CaseIterable {
  /// 8 bits of exponent and 8 of precision: every weight rounded to the nearest, halves to even.
  case bfloat16
  /// IEEE 754 half precision: every weight rounded to the nearest, halves to even.
  case float16
  /// Whole multiples, from -127 to 127, of a step that is a 127th of a row's largest magnitude.
  ///
  /// As in weight-only quantisation by output channel: projections alone; embedding, head, routers and gains stay as
  /// they are.
  case int8
  /// As `int8`, from -7 to 7 in steps of a seventh.
  case int4
}

extension Policy {
  /// The policy with weights as `format` can hold them, its optimiser fresh.
  ///
  /// Throws `.numeric` where a weight is beyond the format's range.
  public func rounded(to format: WeightFormat) throws(EngineError) -> Policy {
    let rounded = try Storage<Float>(uninitialized: parameterCount, for: "rounded")
    for tensor in tensors {
      try Interrupt.check("rounded")
      let (source, target) = (tensor.view(weights), tensor.view(rounded))
      let (from, into) = (source.at(0), target.at(0))
      switch format {
      case .bfloat16: for i in 0..<tensor.count { into[i] = from[i].roundedToBFloat16 }
      case .float16: for i in 0..<tensor.count { into[i] = Float(Float16(from[i])) }
      case .int8: tensor.roundToSteps(127, source, into: target)
      case .int4: tensor.roundToSteps(7, source, into: target)
      }
      for i in 0..<tensor.count where !into[i].isFinite {
        throw EngineError(
          .numeric, "rounded", "\(from[i]) in \(tensor.name) is beyond the range of \(format.rawValue)",
          hint: "bfloat16 has the range of the weights themselves")
      }
    }
    return replacing(weights: rounded)
  }
}

extension Float {
  /// The nearest number whose lower 16 bits are 0, of two the one that is even.
  fileprivate var roundedToBFloat16: Float {
    guard isFinite else { return self }
    return Float(bitPattern: (bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) & 0xFFFF_0000)
  }
}

extension ParameterTensor {
  /// Rows of a projection as whole multiples, up to `most`, of their own step; anything else as it is.
  fileprivate func roundToSteps(_ most: Float, _ source: FloatView, into target: FloatView) {
    let (from, into) = (source.at(0), target.at(0))
    switch role {
    case .embedding, .head, .router, .gain: target.copy(0, from: source, 0)
    case .projection, .residualProjection:
      let width = shape.last ?? 1
      for row in stride(from: 0, to: count, by: max(width, 1)) {
        let range = row..<min(row + width, count)
        let largest = range.reduce(Float(0)) { max($0, from[$1].magnitude) }
        let step = largest / most
        for i in range { into[i] = step > 0 ? (from[i] / step).rounded(.toNearestOrEven) * step : from[i] }
      }
    }
  }
}
