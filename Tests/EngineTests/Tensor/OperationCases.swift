@testable import Engine

/// Points at which each operation of one tensor is checked, chosen inside its domain and off its kinks.
let unaryPoints: [String: [Double]] = [
  "log": [0.3, 1, 2.5, 40], "log2": [0.3, 1, 2.5, 40], "log10": [0.3, 1, 2.5, 40],
  "log1p": [-0.6, -1e-3, 0.2, 5], "sqrt": [0.2, 1, 3, 100], "asin": [-0.8, -0.1, 0.3, 0.7],
  "acos": [-0.8, -0.1, 0.3, 0.7], "tan": [-1.2, -0.4, 0.5, 1.1],
]

/// Points inside the domain of most operations.
let generalPoints: [Double] = [-3.2, -1.1, -0.3, 0.4, 1.2, 2.7, 5.1, -7.3, 0.9]

/// The gradient of `function` at `x` by central differences of width 2h.
func centralDifferences(_ x: [Double], h: Double = 1e-6, _ function: ([Double]) throws -> Double) rethrows
  -> [Double]
{
  try x.indices.map { i in
    var up = x
    var down = x
    let step = h * max(1, x[i].magnitude)
    up[i] += step
    down[i] -= step
    return (try function(up) - function(down)) / (up[i] - down[i])
  }
}

/// Whether two numbers agree to `tolerance`, relative to the larger or to 1.
func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  a == b || (a - b).magnitude <= tolerance * max(1, a.magnitude, b.magnitude)
}

/// Whether two lists agree element by element.
func close(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { close($0, $1, tolerance) }
}

/// How many units in the last place `a` is from `b`.
func unitsInLastPlace(_ a: Double, _ b: Double) -> Double {
  if a == b || (a.isNaN && b.isNaN) { return 0 }
  return (a - b).magnitude / b.ulp
}
