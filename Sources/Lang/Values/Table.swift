import Engine

/// Rows with named columns.
public final class Table: Object, Tabular, Joinable, Saveable, FieldReplacing, @unchecked Sendable {
  /// The names of the columns, in the order of `columns`.
  public let names: [String]
  /// A list of values per column, all of the same length.
  public let columns: [[Value]]
  private let rowCount: Int
  private let keys: Record.Keys

  /// A table of these columns; throws when their lengths differ.
  public init(_ columns: [(name: String, values: [Value])]) throws {
    let counts = Set(columns.map(\.values.count))
    guard counts.count <= 1 else {
      throw RuntimeError(
        "the columns of a table have different lengths: \(columns.map { "\($0.name) \($0.values.count)" }.joined(separator: ", "))"
      )
    }
    self.names = columns.map(\.name)
    self.columns = columns.map(\.values)
    self.rowCount = counts.first ?? 0
    self.keys = Record.Keys(columns.map(\.name))
    let extents = columns.map(\.values.extentAround)
    super.init(nesting: extents.map(\.nesting).max() ?? 0)
    weight = extents.reduce(1) { $0 &+ $1.weight }
  }

  /// A table of records; a field that a record lacks is `none`.
  public convenience init(rows: [Record]) throws {
    var names: [String] = []
    var seen: Set<String> = []
    for row in rows { for name in row.keys.names where seen.insert(name).inserted { names.append(name) } }
    try self.init(names.map { name in (name, rows.map { $0[name] ?? .none }) })
  }

  /// The values of a column.
  public func column(_ name: String) -> [Value]? { names.firstIndex(of: name).map { columns[$0] } }

  /// A row as a record.
  public func row(_ position: Int) -> Record { Record(keys, columns.map { $0[position] }) }

  var columnNames: [String] { names }
  func table() -> Table? { self }
  func element(at position: Int) -> Value { .object(row(position)) }

  func elements(at positions: [Int]) throws -> Value { .object(try picking(positions)) }

  /// The rows at these positions.
  func picking(_ positions: [Int]) throws -> Table {
    try Table(
      zip(names, columns).map { name, values in
        (name, try positions.mapInterruptibly("table") { values[$0] })
      })
  }

  /// The table with a column added or replaced.
  func with(_ name: String, _ values: [Value]) throws -> Table {
    var columns = zip(names, columns).map { (name: $0, values: $1) }
    if let place = names.firstIndex(of: name) {
      columns[place].values = values
    } else {
      columns.append((name, values))
    }
    return try Table(columns)
  }

  /// A column of these values, one for each row, or of one value that stands in every row.
  func replacing(_ name: String, with value: Value) throws -> Object {
    let values = try Table.column(value) ?? [Value](repeating: value, count: rowCount)
    guard values.count == rowCount || names.isEmpty else {
      throw RuntimeError(
        "the column \"\(name)\" gets \(values.count) values, but the table has \(rowCount) rows")
    }
    return try with(name, values)
  }

  public override var kind: String { "table" }
  public override var elementCount: Int? { rowCount }
  public override var byteCount: Int {
    weight > 1 << 20 ? 16 * weight : 64 + columns.joined().reduce(0) { $0 + $1.byteCount }
  }
  public override var summary: String {
    "table of \(rowCount) x \(names.count): \(Printing.clipped(names.joined(separator: ", "), 60))"
  }
  override func jsonForm() throws -> JSONForm { .items(try elements() ?? []) }
  public override var memberNames: [String] { names }
  public override func member(_ name: String) throws -> Value? {
    guard let values = column(name) else { return nil }
    return Table.packed(values)
  }

  /// The rows of all tables, with the columns of all.
  static func joined(_ parts: [Table]) throws -> Value {
    .object(try Table(rows: parts.flatMap { table in (0..<table.rowCount).map(table.row) }))
  }

  func save(to path: String, ending: String, _ call: Call) throws {
    if ending == "html" { return try Report(self, path: path, call.session).save() }
    let text =
      switch ending {
      case "csv": try CSV.text(self)
      case "jsonl": try (0..<rowCount).map { try JSONText.text(element(at: $0)) + "\n" }.joined()
      case "json": try JSONText.text(.object(self)) + "\n"
      default:
        throw call.failure("a table is saved as .html, .csv, .json or .jsonl, got \(Text.quoted(path))")
      }
    try FileContents.write(text, to: path, for: "save")
  }

  /// The values of a list, a range or a tensor as a column; nil for what stands in a cell as it is.
  static func column(_ value: Value) throws -> [Value]? {
    guard let sequence = value.as((any Iterable).self), sequence.isSequence else { return nil }
    return try sequence.elements()
  }

  /// A column of numbers is a tensor, any other a list.
  static func packed(_ values: [Value]) -> Value {
    let numbers = values.compactMap(\.asNumber)
    if numbers.count == values.count, !numbers.isEmpty, let tensor = try? Tensor(numbers) {
      return .object(TensorObject(tensor))
    }
    return .list(values)
  }

  public override func display(_ layout: Layout) -> String { TablePrinting.text(self, layout) }
}
