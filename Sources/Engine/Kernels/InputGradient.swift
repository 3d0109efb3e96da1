/// dX = dY W: the gradient at the inputs of a product, from the weights as they lie.
///
/// Each sum runs over the outputs, ascending, in blocks of 256 that are added in order.
enum InputGradient {
  /// - Parameters:
  ///   - dy: `(rows, outputs)`.
  ///   - w: `(outputs, inputs)`.
  ///   - dx: `(rows, inputs)`.
  static func multiply(_ dy: FloatView, _ w: FloatView, into dx: FloatView) {
    let block = PackedMatrix.block
    withFloats(block * 32) { panel in
      for column in stride(from: 0, to: w.columns, by: 32) {
        let width = min(32, w.columns - column)
        if width < 32 { panel.update(repeating: 0, count: block * 32) }
        for first in stride(from: 0, to: w.rows, by: block) {
          let steps = min(block, w.rows - first)
          pack(w, first, steps, column, width, into: panel)
          let to = dx.at(0, column)
          PackedMatrix.panel(
            dy.rows, steps, dy.at(0, first), dy.stride, panel, first == 0 ? nil : Floats(to), dx.stride, to,
            dx.stride, width)
        }
      }
    }
  }

  @inline(__always)
  private static func pack(
    _ w: FloatView, _ first: Int, _ steps: Int, _ column: Int, _ width: Int, into panel: MutableFloats
  ) {
    guard width == 32 else {
      for k in 0..<steps { (panel + k * 32).update(from: w.at(first + k, column), count: width) }
      return
    }
    for k in 0..<steps {
      let from = w.at(first + k, column)
      panel.store(from.lanes(0), k &* 32)
      panel.store(from.lanes(16), k &* 32 &+ 16)
    }
  }
}
