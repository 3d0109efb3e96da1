import Testing

@testable import Lang

/// Where the time of a program goes.
@Suite struct ProfileTests {
  private let session = Session.collecting().session

  /// The profile of a program called `test`.
  private func profile(_ program: String) throws -> Profile {
    var profile: Profile?
    try session.profiling {
      try session.run(program, name: "test", echoes: false)
    } report: {
      profile = $0
    }
    return try #require(profile)
  }

  private let program = """
    fn twice(x) = 2 * x
    total = 0
    for i in 1..50 {
      total += twice(i)
    }
    xs = map(1..2000, x => sqrt(twice(x)))
    print sum(rand(200, 200) @ rand(200, 200)) > 0
    """

  @Test func `lines and functions are counted exactly`() throws {
    let report = try profile(program).text(Layout())
    #expect(report.contains(" in all\n"))
    let lines = report.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let runs = lines.filter { $0.count > 5 && $0[0].hasSuffix("%") && Int($0[3]) != nil && Int($0[4]) != nil }
    #expect(runs.map { "\($0[4]): \($0[3])" } == ["1: 1", "2: 1", "3: 51", "4: 50", "6: 1", "7: 1"])
    let functions = try profile(program + "\n" + String(repeating: "xs = map(1..2000, twice)\n", count: 20))
      .functions
    #expect(functions["twice"]?.count == 50 + 2000 + 40_000)
    #expect(functions["map"]?.count == 21)
    #expect(functions["rand"]?.count == 2)
    #expect(functions["function at test:6"]?.count == 2000)
  }

  @Test func `every moment belongs to one line, and to all calls that led to it`() throws {
    let profile = try profile(program)
    let own = profile.lines.values.reduce(0) { $0 + $1.own }
    #expect(own > 0 && own <= profile.seconds * 1.000001)
    for tally in profile.lines.values {
      #expect(tally.own <= tally.total && tally.total <= profile.seconds * 1.000001)
    }
    // The lambda is a part of its line, and all of its time is time of `map`.
    let functions = profile.functions
    let inner = try #require(functions["function at test:6"])
    #expect(try inner.total <= #require(functions["map"]).total)
  }

  @Test func `what fails is profiled up to there, and later programs are not`() throws {
    var report = ""
    #expect(throws: RuntimeError.self) {
      try session.profiling {
        try session.run("x = 1\ny = map(1..10, x => error(\"no\"))\nz = 2", name: "test", echoes: false)
      } report: {
        report = $0.text(Layout(width: 40))
      }
    }
    #expect(report.contains("2  y = ") && !report.contains("z = 2"))
    #expect(report.split(separator: "\n").allSatisfy { $0.count <= 40 })
    #expect(session.interpreter.profile == nil)
  }

  @Test func `a function that calls itself is counted once, and the library by its functions' names`() throws
  {
    let program = """
      fn fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
      x = fib(16)
      y = try { fib(1, 2) } catch e { 0 }
      pi = policy(addition(digits: 1), layers: 1, width: 8, heads: 1)
      r = run(() => { track 1, loss: 2 }, {})
      """
    let profile = try profile(program)
    let fib = try #require(profile.functions["fib"])
    #expect(fib.count == 3193)
    #expect(fib.total <= profile.seconds * 1.000001)
    #expect(!profile.text(Layout()).contains("prelude.rls"))
  }
}
