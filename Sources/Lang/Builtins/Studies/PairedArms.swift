import Engine

/// How an arm of a study is named: its text, or what the prompt shows of an objective or a number.
enum Arm {
  static func label(_ value: Value) -> String { value.asText ?? value.summary }
}

/// A column of numbers by arm and by what makes a pair.
struct PairedArms {
  /// The arms, in order of first appearance.
  let names: [String]
  private let values: [String: Value]
  private let cells: [String: [GroupingKey: (key: [Value], number: Double)]]
  private let order: [GroupingKey]

  /// Reads them from a table; throws where two rows have one arm and one pair.
  init(_ table: any Tabular, column: String, by: String, on: [String], _ call: Call) throws {
    let numbers = try Summary.numbers(table, column, call)
    let arms = try table.requiredColumn(by)
    let keys = try on.map { try table.requiredColumn($0) }
    var names: [String] = []
    var values: [String: Value] = [:]
    var cells: [String: [GroupingKey: (key: [Value], number: Double)]] = [:]
    var order: [GroupingKey] = []
    var seen: Set<GroupingKey> = []
    for row in numbers.indices {
      if row & 0xFFF == 0xFFF { try Interrupt.check("paired") }
      let name = Arm.label(arms[row])
      if values[name] == nil {
        names.append(name)
        values[name] = arms[row]
      }
      let key = keys.map { $0[row] }
      let group = GroupingKey.list(key.map(GroupingKey.init))
      if seen.insert(group).inserted { order.append(group) }
      guard let number = numbers[row], number.isFinite else { continue }
      guard cells[name]?[group] == nil else {
        throw call.failure(
          "several rows have the arm \(Text.quoted(name)) and \(zip(on, key).map { "\($0) \($1.summary)" }.joined(separator: ", "))",
          help: "name the columns in which they differ, too")
      }
      cells[name, default: [:]][group] = (key, number)
    }
    self.names = names
    self.values = values
    self.cells = cells
    self.order = order
  }

  /// The arm as it stands in the table.
  func value(_ name: String) -> Value { values[name] ?? .text(name) }

  /// Throws where there is no such arm.
  func require(_ name: String, _ call: Call) throws {
    guard values[name] == nil else { return }
    throw call.failure(
      "there is no arm \(Text.quoted(name))",
      help: "the arms are \(names.map(Text.quoted).joined(separator: ", "))")
  }

  /// The differences between two arms, one for each pair that both have.
  func differences(_ name: String, _ base: String) throws -> [(key: [Value], difference: Double)] {
    try order.mapInterruptibly("paired") { group -> (key: [Value], difference: Double)? in
      guard let own = cells[name]?[group], let other = cells[base]?[group] else { return nil }
      return (own.key, own.number - other.number)
    }.compactMap(\.self)
  }
}
