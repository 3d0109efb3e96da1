/// Solves A x = b for a symmetric positive definite A of which only products with vectors are known.
///
/// Hestenes and Stiefel 1952; the stopping rules are those of arXiv:1502.05477, appendix C.
enum ConjugateGradient {
  /// What the iterations gave.
  struct Solution {
    /// The approximation of x.
    var x: [Double]
    /// b - A x.
    var residual: [Double]

    /// The product of x with A x, from the residual alone.
    func curvature(_ b: [Double]) -> Double {
      zip(x, zip(b, residual)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
    }
  }

  /// At most `iterations` products; fewer when the residual falls to `tolerance` of b, or A turns out not to be
  /// positive, where the best solution so far is given.
  static func solve(
    _ b: [Double], iterations: Int, tolerance: Double = 1e-8, product: ([Double]) throws -> [Double]
  ) rethrows -> Solution {
    var solution = Solution(x: [Double](repeating: 0, count: b.count), residual: b)
    var direction = b
    var square = dot(b, b)
    let target = square * tolerance * tolerance
    for _ in 0..<iterations {
      guard square > target else { break }
      let image = try product(direction)
      let curvature = dot(direction, image)
      let size = square / curvature
      guard curvature > 0, size.isFinite else { break }
      for i in b.indices {
        solution.x[i] += size * direction[i]
        solution.residual[i] -= size * image[i]
      }
      let next = dot(solution.residual, solution.residual)
      let share = next / square
      for i in b.indices { direction[i] = solution.residual[i] + share * direction[i] }
      square = next
    }
    return solution
  }

  /// The inner product, summed in order.
  static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}
