import Engine

// What some values can do. A class adopts in its own file what fits it, and the language and the builtins ask for
// nothing else. What every value can do is a member of `Object`: be printed, compared, grouped, written as JSON,
// and tell its fields, which completion shows.

/// Elements at positions, of which there are `elementCount`: `x[2]`, `x[1..3]`, `take`, `filter`.
protocol Indexable: Object {
  /// The element at a position from 0 on that exists.
  func element(at position: Int) throws -> Value
  /// The elements at these positions, as the same kind of value.
  func elements(at positions: [Int]) throws -> Value
}

/// Items one after the other: `for`, `map`, `in`.
protocol Iterable: Object {
  /// Whether the items may stand in the place of the value: in a column, in `flatten`, in `repeat`.
  var isSequence: Bool { get }
  /// All items; nil for a value that has none after all, such as a tensor that is one number.
  func elements() throws -> [Value]?
}

/// Rows with named columns: `filter`, `sort`, `group`, `summarize`; an element is a row, whose fields are its cells.
protocol Tabular: Indexable, Iterable, TableConvertible {
  /// The columns in order.
  var columnNames: [String] { get }
  /// One value for each row; nil where there is no such column.
  func column(_ name: String) throws -> [Value]?
}

/// What `table(x)` makes a table of.
protocol TableConvertible: Object {
  /// The table; nil for a value of this class that makes none.
  func table() throws -> Table?
}

/// Numbers that arithmetic works on.
protocol TensorConvertible: Object {
  /// The tensor; nil for a value of this class that holds anything but numbers.
  func asTensor() throws -> Tensor?
}

/// Elements that a program can replace: `x[2] = 5`.
protocol ElementReplacing: Object {
  /// The value with another element at `index`.
  func replacing(at index: Value, with value: Value) throws -> Object
}

/// Fields that a program can replace: `x.name = 5`.
protocol FieldReplacing: Object {
  /// The value with another field called `name`.
  func replacing(_ name: String, with value: Value) throws -> Object
}

/// Values of which `in` asks something other than whether an item is equal.
protocol Searchable: Object {
  /// Whether `item` is in it.
  func contains(_ item: Value) throws -> Bool
}

/// Values that `concat` joins to others of their class.
protocol Joinable: Object {
  /// All parts end to end.
  static func joined(_ parts: [Self]) throws -> Value
}

/// Values that `save` has a format of their own for.
protocol Saveable: Object {
  /// Writes the value to `path`, whose ending says how.
  func save(to path: String, ending: String, _ call: Call) throws
}

/// Values that a file of plain columns, such as CSV, holds as a few of them.
protocol PlainFields: Object {
  /// Texts, numbers and truth values by the names of their columns; the same names for every value of the kind.
  func plainFields() throws -> [(name: String, value: Value)]
}

/// How a value looks in JSON.
enum JSONForm {
  case text(String)
  case number(Double)
  case items([Value])
  case fields([(name: String, value: Value)])
  /// An object whose members are written as fields.
  case members
}

extension Iterable {
  var isSequence: Bool { false }
}

extension Iterable where Self: Indexable {
  func elements() throws -> [Value]? {
    try (0..<(elementCount ?? 0)).mapInterruptibly("items", element)
  }
}

extension Tabular {
  /// The values of a column, or an error that names the nearest one.
  func requiredColumn(_ name: String) throws -> [Value] {
    if let values = try column(name) { return values }
    let nearest = Suggestion.nearest(to: name, among: columnNames).map { "did you mean \"\($0)\"?" }
    throw RuntimeError(
      "there is no column \"\(name)\"",
      help: nearest ?? "the columns are \(columnNames.joined(separator: ", "))")
  }

  func table() throws -> Table? { try Table(columnNames.map { ($0, try requiredColumn($0)) }) }
}

extension Value {
  /// The object it is, if that has a capability or is of a class.
  func `as`<Capability>(_ capability: Capability.Type) -> Capability? {
    if case .object(let object) = self { object as? Capability } else { nil }
  }
}
