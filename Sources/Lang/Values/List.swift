import Engine

/// An ordered sequence of any values.
public final class List: Object, Indexable, Iterable, TensorConvertible, TableConvertible, ElementReplacing,
  @unchecked Sendable
{
  /// Changed in place only by the interpreter, and only while nobody else holds the list.
  public internal(set) var items: [Value]

  /// A list of `items`; the interpreter checks nesting where programs build lists.
  public init(_ items: [Value]) {
    self.items = items
    let extent = items.extentAround
    super.init(nesting: extent.nesting, role: .list)
    weight = extent.weight
  }

  /// Adds an item in place.
  @inline(never)
  func append(_ item: UnsafeMutablePointer<Value>) {
    if case .number(let number) = item.pointee { return append(number) }
    items.append(item.pointee)
    nesting = max(nesting, item.pointee.nesting + 1)
    weight &+= item.pointee.weight
  }

  @inline(__always)
  private func append(_ number: Double) {
    items.append(.number(number))
    weight &+= 1
  }

  /// The place of the item at a position from 0 on, if there is one; good until the list changes or goes.
  @inline(__always)
  func place(_ position: Int) -> UnsafeMutablePointer<Value>? {
    items.withUnsafeBufferPointer { items in
      guard position < items.count, let start = items.baseAddress else { return nil }
      return UnsafeMutablePointer(mutating: start + position)
    }
  }

  /// Replaces the item at a position, if there is one, where it is.
  @inline(never)
  func replaceItem(_ position: Int, with value: UnsafeMutablePointer<Value>) -> Bool {
    guard position < items.count else { return false }
    withUnsafeMutablePointer(to: &items[position]) { replace($0, with: value) }
    return true
  }

  public override var kind: String { "list" }
  public override var elementCount: Int? { items.count }
  public override var byteCount: Int {
    weight > 1 << 20 ? 16 * weight : 32 + items.reduce(0) { $0 + $1.byteCount }
  }
  public override var summary: String { Printing.listSummary(self) }
  public override func display(_ layout: Layout) -> String { Printing.list(self, layout) }
  override var inlineText: String { Printing.text(of: self) }
  override var brief: String { items.count <= 4 ? summary : "a list of \(items.count)" }
  override var groupingKey: GroupingKey { .list(items.map(GroupingKey.init)) }
  override func jsonForm() -> JSONForm { .items(items) }
  override func isSame(as other: Object, depth: Int) -> Bool {
    guard let other = other as? List, items.count == other.items.count else { return false }
    return zip(items, other.items).allSatisfy { Value.same($0, $1, depth: depth) }
  }

  var isSequence: Bool { true }
  func elements() -> [Value]? { items }
  func element(at position: Int) -> Value { items[position] }
  func elements(at positions: [Int]) -> Value { .list(positions.map { items[$0] }) }
  func asTensor() throws -> Tensor? { try Conversion.tensor(items) }

  func table() throws -> Table? {
    let rows = items.compactMap(\.asRecord)
    return rows.count == items.count ? try Table(rows: rows) : nil
  }

  func replacing(at index: Value, with value: Value) throws -> Object {
    guard case .number(let number) = index else {
      throw RuntimeError("an element of a list is set at a number, got \(index.kindWithArticle)")
    }
    var items = items
    items[try Indexing.position(number, items.count, "list")] = value
    return List(items)
  }
}

extension [Value] {
  /// The nesting and the weight of a container that holds these.
  var extentAround: (nesting: Int, weight: Int) {
    var deepest = -1
    var weight = 1
    for item in self {
      deepest = Swift.max(deepest, item.nesting)
      weight &+= item.weight
    }
    return (deepest + 1, weight)
  }

  /// The nesting of a container that holds these.
  var nestingAround: Int { extentAround.nesting }
}

extension Value {
  /// How many containers are nested in it, itself included; -1 for scalars.
  var nesting: Int {
    switch self {
    case .none, .missing, .bool, .number: -1
    case .object(let object): object.nesting
    }
  }

  /// How many parts it has; 1 for scalars.
  var weight: Int {
    switch self {
    case .none, .missing, .bool, .number: 1
    case .object(let object): object.weight
    }
  }

  /// The bytes it holds, for `:who`.
  public var byteCount: Int {
    switch self {
    case .none, .missing, .bool, .number: 16
    case .object(let object): object.byteCount
    }
  }

  /// A few telling words on one line.
  public var summary: String {
    switch self {
    case .none, .missing: "none"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): Printing.number(number)
    case .object(let object): object.summary
    }
  }
}
