import Testing

@testable import Engine

@Suite struct ElementwiseTests {
  @Test func `the exponential is within 2 ulp of the C library's in double precision`() {
    var worst = 0.0
    for i in -86_999...88_500 {
      let x = Float(i) / 1000
      let exact = exp(Double(x))
      let ulp = Double(Float(exact).ulp)
      worst = max(worst, abs(Double(Exponential.scalar(x)) - exact) / ulp)
    }
    #expect(worst <= 2)
    #expect(Exponential.scalar(0) == 1)
    #expect(Exponential.scalar(-200) == 0)
    #expect(Exponential.scalar(-.infinity) == 0)
    #expect(Exponential.scalar(100) == .infinity)
    #expect(Exponential.scalar(.nan).isNaN)
  }

  @Test func `the logarithm is the C library's, rounded to float`() {
    for i in 1...20_000 {
      let x = Float(i) * 0.37
      #expect(abs(Double(Exponential.log(x)) - log(Double(x))) <= Double(Float(log(Double(x))).ulp) * 0.51)
    }
    #expect(Exponential.log(1) == 0)
  }

  @Test(arguments: [1, 2, 15, 16, 17, 48, 67])
  func `the normalisation and its gradient match central differences`(_ width: Int) throws {
    let x = try testNumbers(width, seed: 1)
    let gain = try testNumbers(width, seed: 2)
    let dy = try testNumbers(width, seed: 3)
    let y = try Storage<Float>(uninitialized: width, for: "test")
    let r = RootMeanSquareNorm.forward(x.base, gain.base, width, 1e-5, into: y.base)
    let dx = try Storage<Float>(uninitialized: width, for: "test")
    let dGain = try Storage<Float>(repeating: 0, count: width, for: "test")
    RootMeanSquareNorm.backward(
      dy.base, x.base, r, gain.base, width, residual: nil, into: dx.base, dGain.base)
    func value(_ x: [Double], _ g: [Double]) -> Double {
      let r = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-5).squareRoot()
      return (0..<width).reduce(0.0) { $0 + x[$1] * r * g[$1] * Double(dy.base[$1]) }
    }
    let xs = x.elements.map(Double.init)
    let gs = gain.elements.map(Double.init)
    let h = 1e-5
    for i in 0..<width {
      #expect(abs(Double(y.base[i]) - xs[i] * gs[i] * Double(r)) < 1e-6)
      var up = xs
      var down = xs
      up[i] += h
      down[i] -= h
      #expect(abs(Double(dx.base[i]) - (value(up, gs) - value(down, gs)) / (2 * h)) < 2e-5)
      var gUp = gs
      var gDown = gs
      gUp[i] += h
      gDown[i] -= h
      #expect(abs(Double(dGain.base[i]) - (value(xs, gUp) - value(xs, gDown)) / (2 * h)) < 2e-5)
    }
  }

  @Test(arguments: [1, 16, 21])
  func `the gated unit and its gradient match central differences`(_ width: Int) throws {
    let z = try testNumbers(2 * width, seed: 4)
    let da = try testNumbers(width, seed: 5)
    for i in 0..<2 * width { z.base[i] *= 4 }
    let a = try Storage<Float>(uninitialized: width, for: "test")
    let dz = try Storage<Float>(uninitialized: 2 * width, for: "test")
    GatedUnit.forward(z.base, width, into: a.base)
    let again = try Storage<Float>(uninitialized: width, for: "test")
    GatedUnit.backward(da.base, z.base, width, into: dz.base, product: again.base)
    func unit(_ g: Double, _ u: Double) -> Double { g / (1 + exp(-g)) * u }
    let h = 1e-5
    for i in 0..<width {
      let g = Double(z.base[i])
      let u = Double(z.base[width + i])
      let d = Double(da.base[i])
      #expect(abs(Double(a.base[i]) - unit(g, u)) < 2e-6)
      #expect(again.base[i] == a.base[i])
      #expect(abs(Double(dz.base[i]) - d * (unit(g + h, u) - unit(g - h, u)) / (2 * h)) < 1e-5)
      #expect(abs(Double(dz.base[width + i]) - d * (unit(g, u + h) - unit(g, u - h)) / (2 * h)) < 1e-5)
    }
  }

  @Test(arguments: [2, 8, 32, 50])
  func `turning keeps lengths, follows the angle and is undone by its gradient`(_ width: Int) throws {
    let table = try RotaryTable(positions: 9, headWidth: width, base: 100)
    let x = try testNumbers(width, seed: 6)
    let y = try Storage<Float>(uninitialized: width, for: "test")
    let back = try Storage<Float>(uninitialized: width, for: "test")
    let half = width / 2
    RotaryTable.rotate(x.base, table.angles(7), half, 1, into: y.base)
    RotaryTable.rotateBack(y.base, table.angles(7), half, 1, into: back.base)
    for i in 0..<half {
      let angle = 7 * pow(100, -2 * Double(i) / Double(width))
      let u = Double(x.base[i])
      let v = Double(x.base[half + i])
      #expect(abs(Double(y.base[i]) - (u * cos(angle) - v * sin(angle))) < 1e-6)
      #expect(abs(Double(y.base[half + i]) - (v * cos(angle) + u * sin(angle))) < 1e-6)
    }
    for i in 0..<width { #expect(abs(back.base[i] - x.base[i]) < 1e-6) }
  }

  @Test(arguments: [(1, 1.0), (5, 0.7), (16, 2.0), (37, 1.0)])
  func `softmax, entropy and their gradient match central differences`(_ count: Int, _ temperature: Double)
    throws
  {
    let padded = Softmax.padded(count)
    let z = try testNumbers(padded, seed: 7)
    for i in 0..<count { z.base[i] *= 5 }
    Softmax.pad(z.base, count)
    let zs = (0..<count).map { Double(z.base[$0]) }
    let target = count / 2
    let g = 1.3
    let h = -0.4
    func logProbs(_ z: [Double]) -> [Double] {
      let scaled = z.map { $0 / temperature }
      let peak = scaled.max() ?? 0
      let sum = log(scaled.reduce(0) { $0 + exp($1 - peak) })
      return scaled.map { $0 - peak - sum }
    }
    func entropy(_ z: [Double]) -> Double { logProbs(z).reduce(0) { $0 - exp($1) * $1 } }
    func value(_ z: [Double]) -> Double { g * logProbs(z)[target] + h * entropy(z) }
    let inverse = Float(1 / temperature)
    let softmax = Softmax(z.base, padded, inverse)
    #expect(abs(Double(softmax.logProb(z.base[target], inverse)) - logProbs(zs)[target]) < 2e-6)
    #expect(abs(Double(softmax.entropy) - entropy(zs)) < 2e-6)
    softmax.backward(z.base, padded, inverse, total: Float(g), entropyWeight: Float(h))
    z.base[target] += Float(g) * inverse
    for i in 0..<count {
      var up = zs
      var down = zs
      up[i] += 1e-5
      down[i] -= 1e-5
      #expect(abs(Double(z.base[i]) - (value(up) - value(down)) / 2e-5) < 5e-6)
    }
    for i in count..<padded { #expect(z.base[i] == 0) }
  }
}
