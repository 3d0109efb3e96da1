/// The fields of an object in a JSON file, read by kind; errors name the file, the field and what it holds.
struct JSONFields {
  /// The file, for messages.
  let place: String
  let operation: String
  private let values: [String: JSON]

  /// The object that is the whole of `file`, which may have at most `limit` bytes.
  init(_ file: InputFile, limit: Int) throws(EngineError) {
    guard file.size <= limit else {
      throw file.failure("has \(file.size) bytes, more than the \(limit) that are read")
    }
    try self.init(JSONFields.parse(try file.bytes(0..<file.size), file), file)
  }

  /// The fields of `json`, which stands in `file`.
  init(_ json: JSON, _ file: InputFile) throws(EngineError) {
    guard case .object(let fields) = json else {
      throw file.failure("expected an object, got \(json.kind)")
    }
    self.init(fields, place: file.path, operation: file.operation)
  }

  private init(_ fields: [JSON.Field], place: String, operation: String) {
    self.place = place
    self.operation = operation
    values = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The value in `bytes` of `file`.
  static func parse(_ bytes: [UInt8], _ file: InputFile) throws(EngineError) -> JSON {
    do throws(JSON.SyntaxError) {
      return try JSON.parse(bytes)
    } catch {
      throw file.failure("is no JSON at byte \(error.offset): \(error.message)")
    }
  }

  /// The fields' names.
  var names: [String] { values.keys.sorted() }

  /// The field called `name`, unless it is missing or null.
  subscript(name: String) -> JSON? {
    guard let value = values[name], value != .null else { return nil }
    return value
  }

  /// A whole number.
  func integer(_ name: String) throws(EngineError) -> Int {
    try required(name, "a whole number", optionalInteger(name))
  }

  /// A whole number, or nil where there is none.
  func optionalInteger(_ name: String) throws(EngineError) -> Int? {
    try optional(name, "a whole number") { $0.wholeNumber }
  }

  /// A number.
  func number(_ name: String) throws(EngineError) -> Double {
    try required(name, "a number", optionalNumber(name))
  }

  /// A number, or nil where there is none.
  func optionalNumber(_ name: String) throws(EngineError) -> Double? {
    try optional(name, "a number") { if case .number(let number) = $0 { number } else { nil } }
  }

  /// A text.
  func text(_ name: String) throws(EngineError) -> String { try required(name, "a text", optionalText(name)) }

  /// A text, or nil where there is none.
  func optionalText(_ name: String) throws(EngineError) -> String? {
    try optional(name, "a text") { $0.string }
  }

  /// A truth value; false where there is none.
  func flag(_ name: String) throws(EngineError) -> Bool {
    try optional(name, "true or false") { if case .bool(let flag) = $0 { flag } else { nil } } ?? false
  }

  /// A list of texts, or nil where there is none.
  func texts(_ name: String) throws(EngineError) -> [String]? {
    try optional(name, "a list of texts") { $0.list { $0.string } }
  }

  /// A list of whole numbers, or nil where there is none.
  func integers(_ name: String) throws(EngineError) -> [Int]? {
    try optional(name, "a list of whole numbers") { $0.list { $0.wholeNumber } }
  }

  /// The fields of an object, or nil where there is none.
  func fields(_ name: String) throws(EngineError) -> JSONFields? {
    try optional(name, "an object") { value in
      guard case .object(let fields) = value else { return nil }
      return JSONFields(fields, place: "\(place), \(name)", operation: operation)
    }
  }

  /// An error at this place.
  func failure(_ message: String, hint: String? = nil) -> EngineError {
    EngineError(.file, operation, "\(place): \(message)", hint: hint)
  }

  private func optional<Result>(
    _ name: String, _ expected: String, _ read: (JSON) -> Result?
  ) throws(EngineError) -> Result? {
    guard let value = self[name] else { return nil }
    if let result = read(value) { return result }
    throw failure("`\(name)` is \(value.brief), expected \(expected)")
  }

  private func required<Result>(
    _ name: String, _ expected: String, _ value: Result?
  ) throws(EngineError) -> Result {
    if let value { return value }
    throw failure("has no `\(name)`, expected \(expected)")
  }
}

extension JSON {
  /// The number, if it is a whole one that an `Int` holds.
  public var wholeNumber: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }

  /// The text, if it is one.
  public var string: String? { if case .string(let string) = self { string } else { nil } }

  /// The items as `read` has them, if it is a list of nothing else.
  func list<Item>(_ read: (JSON) -> Item?) -> [Item]? {
    guard case .array(let items) = self else { return nil }
    let read = items.compactMap(read)
    return read.count == items.count ? read : nil
  }

  /// The value where it is short, or its kind, for messages.
  fileprivate var brief: String {
    switch self {
    case .number(let number): JSON.number(number)
    case .bool(let flag): flag ? "true" : "false"
    case .string(let string): JSON.quoted(String(string.prefix(40)))
    case .null, .array, .object: kind
    }
  }
}
