import Synchronization

/// Named fields in order.
public final class Record: Object, Indexable, Iterable, TableConvertible, FieldReplacing, Searchable,
  @unchecked Sendable
{
  /// The names of a record's fields; records made at one place of a program share them.
  public final class Keys: @unchecked Sendable {
    let names: [String]
    /// Its number; no two have the same, nor 0.
    let identifier: UInt
    private let positions: [String: Int]
    private static let latest = Atomic<UInt>(0)

    init(_ names: [String]) {
      self.names = names
      self.identifier = Keys.latest.add(1, ordering: .relaxed).newValue
      self.positions = Dictionary(
        names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func position(of name: String) -> Int? {
      names.count <= 4 ? names.firstIndex(of: name) : positions[name]
    }
  }

  let keys: Keys
  /// The keys' number, at hand for looking up fields.
  let identifier: UInt
  /// As many values as there are keys.
  ///
  /// Changed in place only by the interpreter, and only while nobody else holds the record.
  private let storage: UnsafeMutablePointer<Value>

  init(_ keys: Keys, _ values: [Value]) {
    self.keys = keys
    identifier = keys.identifier
    let count = keys.names.count
    storage = .allocate(capacity: max(1, count))
    for position in 0..<count {
      (storage + position).initialize(to: position < values.count ? values[position] : .none)
    }
    let extent = values.extentAround
    super.init(nesting: extent.nesting, role: .record)
    weight = extent.weight
  }

  deinit {
    storage.deinitialize(count: keys.names.count)
    storage.deallocate()
  }

  /// A record of these fields; names are distinct.
  public convenience init(_ fields: KeyValuePairs<String, Value>) {
    self.init(Keys(fields.map(\.key)), fields.map(\.value))
  }

  convenience init(_ fields: [(String, Value)]) {
    self.init(Keys(fields.map(\.0)), fields.map(\.1))
  }

  /// The values in order.
  var values: [Value] { Array(UnsafeBufferPointer(start: storage, count: keys.names.count)) }

  /// The place of the value at a position that its keys gave.
  @inline(__always)
  func place(_ position: Int) -> UnsafeMutablePointer<Value> { storage + position }

  /// The value of a field.
  public subscript(name: String) -> Value? { keys.position(of: name).map { storage[$0] } }

  /// The fields in order.
  public var fields: [(name: String, value: Value)] { Array(zip(keys.names, values)).map { ($0, $1) } }

  /// This record with a field added or replaced.
  func with(_ name: String, _ value: Value) -> Record {
    if let position = keys.position(of: name) {
      var changed = values
      changed[position] = value
      return Record(keys, changed)
    }
    return Record(Keys(keys.names + [name]), values + [value])
  }

  public override var kind: String { "record" }
  public override var elementCount: Int? { keys.names.count }
  public override var byteCount: Int {
    weight > 1 << 20 ? 16 * weight : 48 + values.reduce(0) { $0 + $1.byteCount }
  }
  public override func member(_ name: String) -> Value? { self[name] }
  public override var memberNames: [String] { keys.names }
  public override var summary: String { Printing.recordSummary(self) }
  public override func display(_ layout: Layout) -> String { Printing.record(self, layout) }
  override var inlineText: String { display(Layout(width: .max, height: .max)) }
  override var groupingKey: GroupingKey { .record(keys.names, values.map(GroupingKey.init)) }
  override func jsonForm() -> JSONForm { .fields(fields) }
  override func isSame(as other: Object, depth: Int) -> Bool {
    guard let other = other as? Record, keys.names == other.keys.names else { return false }
    return zip(values, other.values).allSatisfy { Value.same($0, $1, depth: depth) }
  }

  func elements() -> [Value]? { fields.map { .list([.text($0.name), $0.value]) } }
  func element(at position: Int) -> Value { storage[position] }
  func elements(at positions: [Int]) throws -> Value {
    guard Set(positions).count == positions.count else {
      throw RuntimeError("a record has each of its fields once", help: "`values(r)` is a list")
    }
    return .object(Record(positions.map { (keys.names[$0], storage[$0]) }))
  }
  func contains(_ item: Value) -> Bool { item.asText.map { self[$0] != nil } ?? false }
  func replacing(_ name: String, with value: Value) -> Object { with(name, value) }

  /// A table of the fields as columns; a field that is no column stands in every row.
  func table() throws -> Table? {
    let columns = try fields.map { (name: $0.name, values: try Table.column($0.value), value: $0.value) }
    let count = columns.lazy.compactMap(\.values?.count).first ?? (columns.isEmpty ? 0 : 1)
    return try Table(columns.map { ($0.name, $0.values ?? [Value](repeating: $0.value, count: count)) })
  }
}

extension Record {
  /// The record without fields.
  static var empty: Record { Record([(String, Value)]()) }
}

extension Record: Summarized {
  var summaryFields: [(name: String, value: Value)] { fields }
}
