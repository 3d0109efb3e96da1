import Testing

@testable import Engine
@testable import Lang

@Suite struct TableTests {
  @Test func `scalars stand in every row and lengths must agree`() throws {
    #expect(try Session.shown("to_list(table({a: 1..3, b: \"x\"}).b)") == "[\"x\", \"x\", \"x\"]")
    #expect(try Session.shown("len(table({a: 1, b: 2}))") == "1")
    #expect(
      Session.message("table({a: [1, 2], b: [1]})")
        == "the columns of a table have different lengths: a 2, b 1")
    #expect(
      Session.message("table([1])") == "table: `x` must be a list of records or a record of columns, got [1]")
  }

  @Test func `unknown columns are named with a suggestion`() {
    for program in [
      "select(t, \"rewrd\")", "rename(t, \"rewrd\", \"x\")", "sort(t, by: \"rewrd\")",
      "group(t, by: \"rewrd\")", "column(t, \"rewrd\")",
      "summarize(t, \"rewrd\")", "without(t, \"rewrd\")",
    ] {
      #expect(
        Session.message("t = table({reward: [1], tau: [2]})\n\(program)") == "there is no column \"rewrd\"",
        "\(program)")
    }
  }

  @Test func `columns are added, replaced and renamed`() throws {
    let start = "t = table({a: [1, 2], b: [3, 4]});\n"
    #expect(try Session.shown(start + "to_list(with_column(t, \"a\", r => r.a + r.b).a)") == "[4, 6]")
    #expect(try Session.shown(start + "columns(with_column(t, \"c\", 0))") == "[\"a\", \"b\", \"c\"]")
    #expect(
      Session.message(start + "with_column(t, \"c\", [1])")
        == "with_column: `values` has 1 values, but the table has 2 rows")
    #expect(Session.message(start + "rename(t, \"a\", \"b\")") == "rename: there is already a column \"b\"")
  }

  @Test func `rows are mapped as records`() throws {
    #expect(try Session.shown("table({a: [1, 2]}) | map(r => r.a * 2)") == "[2, 4]")
    #expect(try Session.shown("kind(table({a: [1, 2]}) | map(r => {b: r.a}))") == "\"table\"")
  }

  @Test func `groups stand in order of first appearance`() throws {
    let program = """
      t = table({tau: [2, 1, 2, nan, nan], task: ["x", "x", "x", "y", "y"], r: 1..5});
      group(t, by: ["tau", "task"]) | map(g => to_list(g.rows.r))
      """
    #expect(try Session.shown(program) == "[[1, 3], [2], [4, 5]]")
  }

  /// numpy 2.4.6: mean, and scipy 1.17.1: t.interval(0.95, 3, mean, sem) of 0.1, 0.4, 0.35, 0.2.
  @Test func `intervals agree with scipy`() throws {
    let interval = try #require(try Summary.interval([0.1, 0.4, 0.35, 0.2], .t, Philox(seed: 0, .script)))
    #expect(abs(interval.low - 0.04340565575874969) < 1e-12)
    #expect(abs(interval.high - 0.48159434424125036) < 1e-12)
  }

  @Test func `values that are not finite are left out and not counted`() throws {
    let program = """
      t = table({tau: [1, 1, 1, 1, 2], r: [1, 3, nan, inf, none]});
      s = summarize(t, "r", by: "tau");
      [columns(s), to_list(s.mean), to_list(s.n)]
      """
    #expect(try Session.shown("\(program)[0]") == "[\"tau\", \"mean\", \"ci_low\", \"ci_high\", \"n\"]")
    #expect(try Session.shown("\(program)[1]") == "[2, none]")
    #expect(try Session.shown("\(program)[2]") == "[2, 0]")
  }

  @Test func `several columns get their names before what is told of them`() throws {
    let program = "columns(summarize(table({a: [1, 2], b: [3, 4]}), [\"a\", \"b\"], interval: \"none\"))"
    #expect(try Session.shown(program) == "[\"a_mean\", \"a_n\", \"b_mean\", \"b_n\"]")
  }

  @Test func `columns of texts have no mean`() {
    #expect(
      Session.message("summarize(table({a: [\"x\"]}), \"a\")")
        == "summarize: the column \"a\" must hold numbers, got \"x\"")
    #expect(
      Session.message("summarize(table({a: [1]}), \"a\", interval: \"z\")")?.hasPrefix(
        "summarize: `interval` must be") == true)
  }

  /// For n draws the bootstrap's interval is about mean ± 1.96 s / sqrt(n), s with n in the denominator; 10000
  /// resamples leave a few percent of its width to chance.
  @Test func `the bootstrap's interval has the width theory says`() throws {
    let values = (0..<200).map { Double($0 % 20) }
    let random = Philox(seed: 3, .script)
    let interval = try #require(try Summary.interval(values, .bootstrap, random))
    let expected = 1.959964 * (33.25 / 200).squareRoot()
    #expect(abs((interval.high - interval.low) / 2 / expected - 1) < 0.05)
    #expect(abs((interval.high + interval.low) / 2 - 9.5) < 0.1)
    let again = try #require(try Summary.interval(values, .bootstrap, random))
    #expect(again == interval)
  }
}
