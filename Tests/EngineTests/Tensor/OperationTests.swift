import Testing

@testable import Engine

@Suite struct OperationTests {
  @Test func `names are unique and every operation says what it does`() {
    let names = UnaryOperation.all.map(\.name)
    #expect(Set(names).count == names.count)
    let binary = BinaryOperation.all.map(\.name)
    #expect(Set(binary).count == binary.count)
    #expect(UnaryOperation.all.allSatisfy { !$0.summary.isEmpty })
    #expect(BinaryOperation.all.allSatisfy { !$0.summary.isEmpty })
  }

  /// The C library is within 1 unit of the true value, so 2 of ours read as at most 3 here.
  @Test func `vector functions agree with the C library to the last places`() throws {
    var points: [Double] = [
      0, -0.0, 1, -1, 0.5, 1e-300, Double.leastNonzeroMagnitude, 1e-8, -1e-8, 1e-17, 700, -700, 709.7, -744,
      -745.1,
    ]
    let stream = Philox(seed: 1, .script)
    for i in 0..<20_000 {
      let u = stream.uniform(at: UInt64(i)) * 2 - 1
      points += [u, u * 40, u * 700, u * 1e-5]
    }
    let oracles: [(String, (Double) -> Double, (Double) -> Bool)] = [
      ("exp", exp, { _ in true }), ("log", log, { $0 > 0 }), ("log1p", log1p, { $0 > -1 }),
    ]
    for (name, oracle, domain) in oracles {
      let operation = try #require(UnaryOperation.all.first { $0.name == name })
      let inside = points.filter(domain)
      let values = try operation(Tensor(inside)).values
      let worst = zip(inside, values).map { unitsInLastPlace($1, oracle($0)) }.max() ?? 0
      #expect(worst <= 3, "\(name)")
    }
    let sigmoid = try UnaryOperation.sigmoid(Tensor(points)).values
    #expect(
      zip(points, sigmoid).allSatisfy {
        unitsInLastPlace($1, $0 >= 0 ? 1 / (1 + exp(-$0)) : exp($0) / (1 + exp($0))) <= 4
      })
    // The slope is even and its own oracle has no cancellation: e / (1 + e)^2 with e = exp(-|x|).
    let slopes = try Tape.slope(at: Tensor(points)) { try UnaryOperation.sigmoid($0) }.values
    #expect(
      zip(points, slopes).allSatisfy { x, slope in
        let e = exp(-x.magnitude)
        return unitsInLastPlace(slope, e / ((1 + e) * (1 + e))) <= 6
      })
    let softplus = try UnaryOperation.softplus(Tensor(points)).values
    #expect(
      zip(points, softplus).allSatisfy { unitsInLastPlace($1, max($0, 0) + log1p(exp(-$0.magnitude))) <= 4 })
  }

  @Test func `special values are those of IEEE 754`() throws {
    let special = try Tensor([.infinity, -.infinity, .nan, 0, 1000, -1000])
    let e = try UnaryOperation.exp(special).values
    #expect(e[0] == .infinity && e[1] == 0 && e[2].isNaN && e[3] == 1 && e[4] == .infinity && e[5] == 0)
    let l = try UnaryOperation.log(Tensor([.infinity, 0, -1, .nan, 1, Double.leastNonzeroMagnitude])).values
    #expect(l[0] == .infinity && l[1] == -.infinity && l[2].isNaN && l[3].isNaN && l[4] == 0)
    #expect(close(l[5], -744.4400719213812, 1e-15))
    let s = try UnaryOperation.sigmoid(special).values
    #expect(s[0] == 1 && s[1] == 0 && s[2].isNaN && s[3] == 0.5 && s[4] == 1 && s[5] == 0)
    let p = try UnaryOperation.log1p(Tensor([-1, .infinity, .nan, -2])).values
    #expect(p[0] == -.infinity && p[1] == .infinity && p[2].isNaN && p[3].isNaN)
  }

  @Test func `a number gives the same bits alone as anywhere in an array`() throws {
    for operation in UnaryOperation.all {
      let points = (unaryPoints[operation.name] ?? generalPoints)
      let long = Array(repeating: points, count: 3).joined()
      let values = try operation(Tensor(Array(long))).values
      for (x, y) in zip(long, values) {
        #expect(operation.scalar(x).bitPattern == y.bitPattern, "\(operation.name)(\(x))")
      }
    }
    for operation in BinaryOperation.all {
      let a = Array(repeating: generalPoints, count: 3).flatMap { $0 }
      let values = try operation(Tensor(a), Tensor(a.reversed())).values
      let spread = try operation(Tensor(a), Tensor(1.5)).values
      for i in a.indices {
        let alone = operation.scalar(a[i], a[a.count - 1 - i])
        #expect(alone.bitPattern == values[i].bitPattern || (alone.isNaN && values[i].isNaN))
        let single = operation.scalar(a[i], 1.5)
        #expect(single.bitPattern == spread[i].bitPattern || (single.isNaN && spread[i].isNaN))
      }
    }
  }

  /// Values of NumPy 2.4.6: np.mod, np.power, np.arctan2.
  @Test func `operations of two numbers agree with NumPy`() throws {
    func value(_ name: String, _ a: Double, _ b: Double) throws -> Double {
      try #require(BinaryOperation.all.first { $0.name == name }).scalar(a, b)
    }
    #expect(try value("mod", 7, 3) == 1)
    #expect(try value("mod", -7, 3) == 2)
    #expect(try value("mod", 7, -3) == -2)
    #expect(try value("mod", -7, -3) == -1)
    #expect(try value("pow", 2, 0.5) == 1.4142135623730951)
    #expect(try value("atan2", 1, -1) == 2.356194490192345)
    #expect(try value("min", .nan, 1).isNaN)
    #expect(try value("max", 1, .nan).isNaN)
    #expect(try value("le", 1, 1) == 1)
    #expect(try value("and", 2, 0) == 0)
    #expect(try value("or", 2, 0) == 1)
  }

  @Test func `NaN spreads through min and max of arrays wherever it stands`() throws {
    let a = try Tensor([.nan, 1, 2, 3, 4, 5, 6, 7, .nan])
    let b = try Tensor([1, .nan, 3, 2, 4, 5, 6, 7, 8])
    for operation in [BinaryOperation.min, .max] {
      let values = try operation(a, b).values
      #expect(values[0].isNaN && values[1].isNaN && values[8].isNaN)
    }
    #expect(try BinaryOperation.min(a, b).values[2...7] == [2, 2, 4, 5, 6, 7])
  }
}
