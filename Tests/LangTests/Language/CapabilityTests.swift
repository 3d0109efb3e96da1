import Engine
import Testing

@testable import Lang

/// Three rows that are neither a `Table` nor records: what a class adopts is all that the builtins ask for.
final class Readings: Object, Tabular, @unchecked Sendable {
  let numbers: [Double]

  init(_ numbers: [Double]) {
    self.numbers = numbers
    super.init()
  }

  override var kind: String { "readings" }
  override var elementCount: Int? { numbers.count }
  override var memberNames: [String] { columnNames }
  override func member(_ name: String) throws -> Value? { try column(name).map(Table.packed) }

  var columnNames: [String] { ["x", "sign"] }

  func column(_ name: String) -> [Value]? {
    switch name {
    case "x": numbers.map { .number($0) }
    case "sign": numbers.map { .text($0 < 0 ? "-" : "+") }
    default: nil
    }
  }

  func element(at position: Int) -> Value {
    .object(Record(columnNames.map { ($0, column($0)?[position] ?? .none) }))
  }

  func elements(at positions: [Int]) -> Value { .object(Readings(positions.map { numbers[$0] })) }
}

@Suite struct CapabilityTests {
  static let programs = [
    ("kind(filter(r, row => row.x > 0))", "\"readings\""),
    ("filter(r, row => row.x > 0).x", "[2, 3]"),
    ("sort(r, by: \"x\", descending: true).x", "[3, 2, -1]"),
    ("sort(r, by: row => row.x ^ 2).x", "[-1, 2, 3]"),
    (
      "group(r, by: \"sign\") | map(g => [g.sign, kind(g.rows), len(g.rows)])",
      "[[\"-\", \"readings\", 1], [\"+\", \"readings\", 2]]"
    ),
    ("group_by(r, row => row.sign) | map(g => kind(g.items))", "[\"readings\", \"readings\"]"),
    ("map(r, row => row.x + 1)", "[0, 3, 4]"),
    ("kind(map(r, row => {y: row.x}))", "\"table\""),
    ("take(r, 2).x", "[-1, 2]"),
    ("[len(r), r[0].sign, r[[1, 2]].x]", "[3, \"-\", [2, 3]]"),
    ("len(unique(concat([r], [r])))", "1"),
    ("columns(r)", "[\"x\", \"sign\"]"),
    ("column(r, \"x\")", "[-1, 2, 3]"),
    ("summarize(r, \"x\", by: \"sign\", interval: \"none\").mean", "[-1, 2.5]"),
    ("columns(table(r) | with_column(\"y\", row => 2 * row.x))", "[\"x\", \"sign\", \"y\"]"),
    ("csv(r)", "\"x,sign\\n-1,-\\n2,+\\n3,+\\n\""),
    ("total = 0; for row in r { total = total + row.x }; total", "4"),
  ]

  @Test(arguments: programs) func `rows of any class are handled like a table's`(
    program: String, shown: String
  ) throws {
    let (session, host) = Session.collecting()
    session.set("r", .object(Readings([-1, 2, 3])))
    try session.run(program, name: "test", echoes: true)
    #expect(host.output.last?.trimmingNewlines() == shown)
  }

  static let values: [Value] = [
    .text("ab"), .list([.number(1), .text("a")]), .object(Record(["a": .number(1)])),
    .object(TensorObject(Tensor(1))), .list([.list([.number(2)])]),
  ]

  @Test(arguments: values) func `equal content is equal, is one group and reads back from JSON`(value: Value)
    throws
  {
    let text = try JSONText.text(value)
    let again = try JSONText.value(Array(text.utf8), name: "test", operation: "test")
    #expect(Value.same(value, again) || value.isTensor)
    #expect(GroupingKey(value) == GroupingKey(again))
  }

  /// A builtin is one card: its name, its parameters and what it does stand nowhere else.
  @Test func `a builtin touches one place`() throws {
    for name in ["push", "summarize", "with_values"] {
      let places = try SourceTree.swiftFiles(under: "Sources").filter { $0.text.contains("\"\(name)\",") }
      #expect(places.count == 1, "\(name) stands in \(places.map(\.path))")
    }
  }
}
