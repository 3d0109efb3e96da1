/// dX = dY W: the gradient at the inputs of a product.
///
/// Each sum runs over the outputs, ascending, in blocks of 256 that are added in order. W is laid out in panels of 32
/// columns before it is multiplied: once for all rows of a layer, or block by block where the copy would be too large.
struct InputGradient {
  private let weights: FloatView
  private let packed: PackedMatrix

  /// The product with `weights`, `(outputs, inputs)`, which `packing` has to lay out before.
  init(_ weights: FloatView, _ arena: inout FloatArena) {
    self.weights = weights
    packed = PackedMatrix(depth: weights.rows, columns: weights.columns, ahead: &arena)
  }

  /// - Parameters:
  ///   - dy: `(rows, outputs)`.
  ///   - dx: `(rows, inputs)`.
  func multiply(_ dy: FloatView, into dx: FloatView) { packed.multiply(dy, into: dx) }

  private var parts: Int { (weights.rows + PackedMatrix.block - 1) / PackedMatrix.block }

  private func pack(part: Int) {
    let first = part * PackedMatrix.block
    packed.pack(rows: first..<min(weights.rows, first + PackedMatrix.block), of: weights)
  }

  /// Lays the weights of some products out.
  static func packing(_ products: [InputGradient]) -> Stage {
    .ahead(products.reduce(0) { $0 + $1.parts }) { task in
      var part = task
      for product in products {
        if part < product.parts { return product.pack(part: part) }
        part -= product.parts
      }
    }
  }

  /// Columns laid out together.
  private static let strip = 256

  /// The product with a matrix of any size, as it lies.
  ///
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
