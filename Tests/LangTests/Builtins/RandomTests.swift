import Testing

@testable import Engine
@testable import Lang

@Suite struct RandomTests {
  private func numbers(_ program: String) throws -> [Double] {
    let (session, _) = Session.collecting()
    try session.run("result = \(program)", name: "test", echoes: false)
    return try #require(try Conversion.tensor(session.globals["result"] ?? .none)).values
  }

  /// A few lines of Python that compute Philox4x32-10 with integers, checked against Random123's known answers.
  @Test func `numbers are those of Philox under the seed`() throws {
    #expect(
      try numbers("rand(3, seed: 7)") == [0.12390862312242046, 0.16744283806760707, 0.8047893773347845])
    for (drawn, expected) in zip(
      try numbers("randn(3, seed: 7)"), [0.29479289952267523, -0.50138987395997, -0.26785260880840345])
    {
      #expect(abs(drawn - expected) < 1e-14)
    }
    #expect(try numbers("randint(0, 1000, 3, seed: 7)") == [766, 566, 428])
  }

  @Test func `a seed decides and the shape does not`() throws {
    #expect(try numbers("rand(2, 3, seed: 5)") == numbers("rand([6], seed: 5)"))
    #expect(try numbers("rand(6, seed: 5)") != numbers("rand(6, seed: 6)"))
    #expect(try numbers("rand(6)") == numbers("rand(6, seed: 0)"))
    #expect(try numbers("rand(6, seed: [1, 2])") != numbers("rand(6, seed: [2, 1])"))
    #expect(try numbers("rand(seed: 5)") == [numbers("rand(1, seed: 5)")[0]])
  }

  /// Standard errors for n = 1e5: 0.0009 of the uniform mean, 0.0032 of the normal one, 0.0045 of the variance;
  /// the bounds are about five of them.
  @Test func `moments are those of the distributions`() throws {
    let n = 100_000.0
    let uniform = try numbers("rand(100000, seed: 1)")
    #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(uniform.reduce(0, +) / n - 0.5) < 0.005)
    let normal = try numbers("randn(100000, seed: 1)")
    #expect(abs(normal.reduce(0, +) / n) < 0.016)
    #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / n - 1) < 0.022)
    #expect(abs(zip(normal, normal.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / n) < 0.016)
    let integers = try numbers("randint(-2, 3, 100000, seed: 1)")
    for value in -2...2 { #expect(abs(Double(integers.count { $0 == Double(value) }) / n - 0.2) < 0.0065) }
    #expect(integers.allSatisfy { $0 >= -2 && $0 < 3 })
  }

  @Test func `shuffling keeps every item and drawing repeats none`() throws {
    #expect(try numbers("shuffle(1..100, seed: 3)").sorted() == (1...100).map(Double.init))
    #expect(try numbers("shuffle(1..100, seed: 3)") != (1...100).map(Double.init))
    #expect(Set(try numbers("draw(1..100, 40, seed: 3)")).count == 40)
    #expect(Set(try numbers("draw([1, 2], 64, seed: 3, replace: true)")) == [1, 2])
    #expect(try Session.shown("kind(shuffle(table({a: [1, 2]})))") == "\"table\"")
  }

  @Test func `impossible draws are refused`() {
    #expect(Session.message("draw([1, 2], 3)") == "draw: `n` is 3, but there are only 2 items")
    #expect(Session.message("choice([])") == "choice: `xs` is empty")
    #expect(Session.message("randint(3, 3)") == "randint: `high` must be above `low`, got 3 and 3")
    #expect(Session.message("randint(0.5, 3)") == "randint: `low` must be a whole number, got 0.5")
    #expect(Session.message("rand(1e12)")?.hasPrefix("rand: needs") == true)
    #expect(Session.message("rand(-1)")?.hasPrefix("rand: a dimension cannot be negative") == true)
    #expect(Session.message("rand(3, seed: 0.5)")?.hasPrefix("rand: `seed` must be a whole number") == true)
  }
}
