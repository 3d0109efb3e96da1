import Testing

@testable import Engine

/// Small deterministic numbers in [-1, 1), and memory for them.
func testNumbers(_ count: Int, seed: UInt64) throws -> Storage<Float> {
  let storage = try Storage<Float>(uninitialized: count, for: "test")
  let stream = Philox(seed: seed, .script)
  for i in 0..<count { storage.base[i] = Float(stream.uniform(at: UInt64(i)) * 2 - 1) }
  return storage
}

@Suite struct MatrixTests {
  static let shapes = [
    (1, 1, 1), (3, 5, 7), (8, 32, 32), (9, 33, 31), (13, 64, 96), (17, 257, 40), (23, 600, 65),
    (64, 128, 100),
  ]

  /// Sums of k products of numbers below 1: the error of a float chain is far below 1e-6 k.
  @Test(arguments: shapes)
  func `packed products match sums in double precision`(_ rows: Int, _ depth: Int, _ columns: Int) throws {
    let x = try testNumbers(rows * depth, seed: 1)
    let w = try testNumbers(columns * depth, seed: 2)
    let residual = try testNumbers(rows * columns, seed: 3)
    let y = try Storage(Array(residual.elements), for: "test")
    let view = FloatView(y, rows: rows, columns: columns)
    try packed(w, depth, columns).multiply(
      FloatView(x, rows: rows, columns: depth), into: view, adding: view)
    for i in 0..<rows {
      for j in 0..<columns {
        var sum = Double(residual[i * columns + j])
        for k in 0..<depth { sum += Double(x[i * depth + k]) * Double(w[j * depth + k]) }
        #expect(abs(Double(y[i * columns + j]) - sum) < 2e-7 * Double(depth + 4))
      }
    }
  }

  /// W `[columns, depth]`, packed.
  private func packed(_ w: Storage<Float>, _ depth: Int, _ columns: Int) throws -> PackedMatrix {
    let matrix = try FloatArena.plan(for: "test") { PackedMatrix(columns: columns, depth: depth, &$0) }
    for part in 0..<matrix.parts {
      matrix.pack(part: part, of: FloatView(w, rows: columns, columns: depth))
    }
    return matrix
  }

  /// dX = dY W of the same shapes, and the bits of a row alone, by weights that are laid out before.
  @Test(arguments: shapes)
  func `gradients of inputs match sums in double precision`(_ rows: Int, _ outputs: Int, _ inputs: Int) throws
  {
    let dy = try testNumbers(rows * outputs, seed: 1)
    let w = FloatView(try testNumbers(outputs * inputs, seed: 2), rows: outputs, columns: inputs)
    let dx = try Storage<Float>(repeating: 7, count: rows * inputs, for: "test")
    let all = FloatView(dy, rows: rows, columns: outputs)
    InputGradient.multiply(all, w, into: FloatView(dx, rows: rows, columns: inputs))
    let product = try FloatArena.plan(for: "test") { InputGradient(w, &$0) }
    try Stage.run([InputGradient.packing([product])], rows: 0, "test")
    let alone = try Storage<Float>(uninitialized: inputs, for: "test")
    for i in 0..<rows {
      product.multiply(all[i..<i + 1], into: alone.view)
      for j in 0..<inputs {
        var sum = 0.0
        for k in 0..<outputs { sum += Double(dy[i * outputs + k]) * Double(w.at(k, j).pointee) }
        #expect(abs(Double(dx[i * inputs + j]) - sum) < 2e-7 * Double(outputs + 4))
        #expect(dx[i * inputs + j].bitPattern == alone[j].bitPattern)
      }
    }
  }

  @Test func `a row has the same bits whatever rows are computed with it`() throws {
    let depth = 300
    let columns = 70
    let rows = 29
    let x = FloatView(try testNumbers(rows * depth, seed: 4), rows: rows, columns: depth)
    let packed = try packed(try testNumbers(columns * depth, seed: 5), depth, columns)
    let all = try Storage<Float>(uninitialized: rows * columns, for: "test")
    packed.multiply(x, into: FloatView(all, rows: rows, columns: columns))
    let alone = try Storage<Float>(uninitialized: columns, for: "test")
    for i in 0..<rows {
      packed.multiply(x[i..<i + 1], into: alone.view)
      #expect((0..<columns).allSatisfy { alone[$0].bitPattern == all[i * columns + $0].bitPattern })
    }
  }

  @Test func `wide and narrow tiles give the same bits`() throws {
    let a = try testNumbers(8 * 77, seed: 6)
    let b = try testNumbers(77 * 32, seed: 7)
    let wide = try Storage<Float>(uninitialized: 256, for: "test")
    let narrow = try Storage<Float>(uninitialized: 256, for: "test")
    let single = try Storage<Float>(uninitialized: 256, for: "test")
    MatrixTile.eight(77, a.base, 77, 1, b.base, 32, nil, wide.base, 32)
    let four = try Storage<Float>(uninitialized: 256, for: "test")
    for i in 0..<2 {
      MatrixTile.four(77, a.base + i * 4 * 77, 77, 1, b.base, 32, nil, four.base + i * 128, 32)
      MatrixTile.fourNarrow(77, a.base + i * 4 * 77, 77, 1, b.base, 32, nil, narrow.base + i * 128, 32)
    }
    for i in 0..<8 { MatrixTile.one(77, a.base + i * 77, 1, b.base, 32, nil, single.base + i * 32) }
    #expect(Array(wide.elements) == Array(narrow.elements))
    #expect(Array(wide.elements) == Array(single.elements))
    #expect(Array(wide.elements) == Array(four.elements))
  }

  @Test(arguments: [(1, 1, 1), (8, 16, 32), (13, 59, 7), (23, 64, 40), (9, 24, 0)])
  func `products of matrices that lie anywhere match sums in double precision, a row the same bits alone`(
    _ rows: Int, _ columns: Int, _ steps: Int
  ) throws {
    // a lies transposed, and every row is followed by three numbers that do not belong to the matrix.
    let (aStep, bStep, yRow) = (rows + 3, columns + 3, columns + 3)
    let a = try testNumbers(max(1, steps * aStep), seed: 10)
    let b = try testNumbers(max(1, steps * bStep), seed: 11)
    let y = try Storage<Float>(repeating: 0.5, count: rows * yRow, for: "test")
    StridedProduct.compute(rows, columns, steps, a.base, 1, aStep, b.base, bStep, nil, y.base, yRow)
    let alone = try Storage<Float>(repeating: 0.5, count: columns, for: "test")
    for i in 0..<rows {
      StridedProduct.compute(
        1, columns, steps, a.base + i, 1, aStep, b.base, bStep, nil, alone.base, columns)
      for j in 0..<columns {
        var sum = 0.0
        for k in 0..<steps { sum += Double(a.base[k * aStep + i]) * Double(b.base[k * bStep + j]) }
        #expect(abs(Double(y.base[i * yRow + j]) - sum) < 4e-7 * Double(steps + 4))
        #expect(y.base[i * yRow + j].bitPattern == alone.base[j].bitPattern)
      }
      #expect((columns..<yRow).allSatisfy { y.base[i * yRow + $0] == 0.5 })
    }
    let before = Array(y.elements)
    StridedProduct.compute(rows, columns, steps, a.base, 1, aStep, b.base, bStep, y.base, y.base, yRow)
    for i in 0..<rows {
      for j in 0..<columns { #expect(y.base[i * yRow + j] == before[i * yRow + j] + before[i * yRow + j]) }
    }
  }

  @Test(arguments: [(1, 1, 1), (5, 3, 7), (300, 9, 33), (513, 130, 64), (64, 8, 32)])
  func `weight gradients match sums in double precision`(_ rows: Int, _ outputs: Int, _ inputs: Int) throws {
    let dy = try testNumbers(rows * outputs, seed: 8)
    let x = try testNumbers(rows * inputs, seed: 9)
    let dw = try Storage<Float>(repeating: 0.5, count: outputs * inputs, for: "test")
    for adding in [false, true] {
      let product = WeightGradient(
        dy: FloatView(dy, rows: rows, columns: outputs), x: FloatView(x, rows: rows, columns: inputs),
        dw: FloatView(dw, rows: outputs, columns: inputs), adding: adding)
      for part in 0..<product.parts { product.compute(part: part) }
      for n in 0..<outputs {
        for k in 0..<inputs {
          var sum = 0.0
          for m in 0..<rows { sum += Double(dy.base[m * outputs + n]) * Double(x.base[m * inputs + k]) }
          if adding { sum *= 2 }
          #expect(abs(Double(dw.base[n * inputs + k]) - sum) < 4e-7 * Double(rows + 4))
        }
      }
    }
  }
}
