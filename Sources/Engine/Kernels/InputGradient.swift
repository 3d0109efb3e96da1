/// dX = dY W: the gradient at the inputs of a product, from the weights as they lie.
///
/// Each sum runs over the outputs, ascending, in blocks of 256 that are added in order. A block of W is laid out in
/// panels of 32 columns before it is multiplied.
enum InputGradient {
  /// Columns laid out together.
  private static let strip = 256

  /// - Parameters:
  ///   - dy: `(rows, outputs)`.
  ///   - w: `(outputs, inputs)`.
  ///   - dx: `(rows, inputs)`.
  static func multiply(_ dy: FloatView, _ w: FloatView, into dx: FloatView) {
    let block = PackedMatrix.block
    let most = min(strip, (w.columns + 31) & ~31)
    withFloats(block * most) { panels in
      for first in stride(from: 0, to: w.rows, by: block) {
        let steps = min(block, w.rows - first)
        for column in stride(from: 0, to: w.columns, by: strip) {
          let width = min(strip, w.columns - column)
          pack(w, first, steps, column, width, into: panels)
          for at in stride(from: 0, to: width, by: 32) {
            let to = dx.at(0, column + at)
            PackedMatrix.panel(
              dy.rows, steps, dy.at(0, first), dy.stride, panels + at * block,
              first == 0 ? nil : Floats(to), dx.stride, to, dx.stride, min(32, width - at))
          }
        }
      }
    }
  }

  private static func pack(
    _ w: FloatView, _ first: Int, _ steps: Int, _ column: Int, _ width: Int, into panels: MutableFloats
  ) {
    let panel = PackedMatrix.block * 32
    let whole = width & ~31
    if whole < width { (panels + whole / 32 * panel).update(repeating: 0, count: steps * 32) }
    for k in 0..<steps {
      let from = w.at(first + k, column)
      var to = panels + k * 32
      for at in stride(from: 0, to: whole, by: 32) {
        to.store(from.lanes(at), 0)
        to.store(from.lanes(at + 16), 16)
        to += panel
      }
      if whole < width { to.update(from: from + whole, count: width - whole) }
    }
  }
}
