import Testing

@testable import Lang

@Suite struct SequenceTests {
  @Test func `sorting is stable and puts NaN and none last in both directions`() throws {
    #expect(try Session.shown("sort([3, nan, 1, none, 2])") == "[1, 2, 3, nan, none]")
    #expect(try Session.shown("sort([3, nan, 1, none, 2], descending: true)") == "[3, 2, 1, nan, none]")
    #expect(
      try Session.shown(
        "sort([[1, \"a\"], [0, \"b\"], [1, \"c\"], [0, \"d\"]], by: p => p[0]) | map(p => p[1]) | join")
        == "\"bdac\"")
    #expect(
      try Session.shown(
        "sort([[1, \"a\"], [0, \"b\"], [1, \"c\"], [0, \"d\"]], by: p => p[0], descending: true) | map(p => p[1]) | join"
      )
        == "\"acbd\"")
  }

  @Test func `sorting by several columns takes them in order`() throws {
    let program = """
      t = table({a: [2, 1, 2, 1], b: ["x", "z", "w", "y"], c: [1, 2, 3, 4]});
      to_list(sort(t, by: ["a", "b"]).c)
      """
    #expect(try Session.shown(program) == "[4, 2, 3, 1]")
  }

  @Test func `kinds without a common order are refused`() {
    #expect(Session.message("sort([1, \"a\"])") == "sort: a text and a number have no common order")
    #expect(Session.message("sort([{a: 1}, {a: 2}])") == "sort: a record has no order")
    #expect(Session.message("sort(table({a: [1]}))") == "sort: `by` must be given to sort a table")
  }

  @Test func `parts of a sequence are of its kind`() throws {
    #expect(try Session.shown("kind(take(tensor([1, 2, 3]), 2))") == "\"tensor\"")
    #expect(try Session.shown("kind(filter(table({a: [1, 2]}), r => r.a > 1))") == "\"table\"")
    #expect(try Session.shown("reversed(1..3)") == "[3, 2, 1]")
    #expect(try Session.shown("shape(reversed([[1, 2], [3, 4], [5, 6]] @ eye(2)))") == "[3, 2]")
    #expect(try Session.shown("skip(\"rollout\", 4)") == "\"out\"")
  }

  @Test func `taking and skipping accept any whole number`() throws {
    #expect(try Session.shown("take([1, 2], 9)") == "[1, 2]")
    #expect(try Session.shown("take([1, 2], -9)") == "[1, 2]")
    #expect(try Session.shown("skip([1, 2], 9)") == "[]")
    #expect(try Session.shown("skip([1, 2], -9)") == "[]")
    #expect(try Session.shown("take([1, 2], -9e18)") == "[1, 2]")
    #expect(try Session.shown("slice([1, 2, 3], 2, 1)") == "[]")
    #expect(try Session.shown("slice([1, 2, 3], -9e18, 9e18)") == "[1, 2, 3]")
    #expect(Session.message("take([1, 2], 0.5)") == "take: `n` must be a whole number, got 0.5")
  }

  /// 0.1 + 0.1 + 0.1 is above 0.3 in binary, and (1.3 - 1) / 0.1 is above 3.
  @Test func `a range leaves its end out in spite of rounding`() throws {
    #expect(try Session.shown("len(range(0, 0.3, 0.1))") == "3")
    #expect(try Session.shown("len(range(1, 1.3, 0.1))") == "3")
    #expect(try Session.shown("to_list(range(5, 5))") == "[]")
    #expect(try Session.shown("range(3, 0, -1)") == "[3, 2, 1]")
    #expect(try Session.shown("range(0, 3, -1)") == "[]")
    #expect(Session.message("range(0, 3, 0)") == "range: `step` must be a finite number other than 0, got 0")
    #expect(Session.message("range(0, 1, 1e-300)")?.hasPrefix("range: ") == true)
  }

  @Test func `lists of different lengths are not zipped`() {
    #expect(Session.message("zip([1], [1, 2])") == "zip: the lists have different lengths: 1, 2")
    #expect(Session.message("zip([1], 3)") == "zip: argument 2 must be a list, got 3")
  }

  @Test func `nothing is repeated beyond bounds`() {
    #expect(Session.message("repeat([1, 2], 9e18)")?.hasSuffix("items are too many") == true)
    #expect(Session.message("repeat(\"ab\", 1e12)")?.hasSuffix("items are too many") == true)
    #expect(Session.message("repeat(1, -1)") == "repeat: `n` must be at least 0, got -1")
  }

  @Test func `pushing leaves the old list alone`() throws {
    #expect(try Session.shown("xs = [1]\nys = xs\nxs = push(xs, 2)\n[xs, ys]") == "[[1, 2], [1]]")
    #expect(try Session.shown("xs = []\nfor i in 1..1000 { xs = push(xs, i) }\nlast(xs) + len(xs)") == "2000")
  }

  @Test func `equal items are found by content`() throws {
    #expect(
      try Session.shown("unique([[1, 2], [1, 2], \"a\", \"a\", nan, nan, none, none])")
        == "[[1, 2], \"a\", nan, none]")
    #expect(try Session.shown("index_of([[1], [2]], [2])") == "1")
    #expect(try Session.shown("to_list(unique(tensor([2, 1, 2])))") == "[2, 1]")
  }

  @Test func `reducing nothing needs an initial value`() {
    #expect(Session.message("reduce([], (a, b) => a + b)") == "reduce: `xs` is empty")
  }

  @Test func `conditions must be true or false`() {
    #expect(Session.message("filter([1], x => x)") == "filter: the function must give true or false, got 1")
  }

  @Test func `records are merged, cut and rebuilt`() throws {
    #expect(try Session.shown("r = {a: 1, b: 2};\nrecord(zip(keys(r), values(r))) == r") == "true")
    #expect(try Session.shown("merge({a: 1, b: 2}, {b: 3, c: 4}, {a: 5})") == "{a: 5, b: 3, c: 4}")
    #expect(Session.message("without({alpha: 1}, \"alhpa\")") == "a record has no field `alhpa`")
    #expect(
      Session.message("record([[1, 2]])") == "record: item 0 must be a pair of a name and a value, got [1, 2]"
    )
  }

  @Test func `a function's own error comes through a builtin`() {
    #expect(Session.message("map([1], x => error(\"no\"))") == "no")
  }

  @Test func `NaN never wins an extreme over a number`() throws {
    #expect(try Session.shown("max_by([1, 5, 3], x => if x == 5 { nan } else { x })") == "3")
    #expect(try Session.shown("min_by([], x => x) == none") == "true")
  }

  @Test func `tensors and tables are joined`() throws {
    #expect(try Session.shown("concat(tensor([1, 2]), [3])") == "[1, 2, 3]")
    #expect(try Session.shown("shape(concat(ones(2, 3), ones(2, 1), axis: 1))") == "[2, 4]")
    #expect(try Session.shown("to_list(concat(table({a: [1]}), table({a: [2], b: [3]})).b)") == "[none, 3]")
    #expect(Session.message("concat([1], 2)") == "concat: 2 is no list")
  }
}
