import Engine

/// Values as JSON text, and back.
enum JSONText {
  // MARK: Writing

  /// The value as JSON; what JSON has no word for becomes a text or null.
  static func text(_ value: Value) throws -> String {
    var text = ""
    try write(value, to: &text, Depth())
    return text
  }

  /// How many objects that are neither lists nor records are opened inside each other.
  private static let maximumObjects = 8

  /// How deep in a value the writer is.
  private struct Depth {
    var values = 0
    /// Objects that are neither lists nor records.
    var objects = 0

    /// One deeper; throws where no reader would follow.
    func inside(object: Bool = false) throws -> Depth {
      guard values < JSON.deepest - 1 else {
        throw RuntimeError(
          "JSON holds values nested up to \(JSON.deepest) deep, and this one is nested deeper")
      }
      return Depth(values: values + 1, objects: objects + (object ? 1 : 0))
    }
  }

  private static func write(_ value: Value, to text: inout String, _ depth: Depth) throws {
    switch value {
    case .none, .missing: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .number(let number): text += JSON.number(number)
    case .object(let object): try write(object, to: &text, depth)
    }
  }

  private static func write(_ object: Object, to text: inout String, _ depth: Depth) throws {
    try Interrupt.check("json")
    switch try object.jsonForm() {
    case .text(let string): text += JSON.quoted(string)
    case .number(let number): text += JSON.number(number)
    case .items(let items): try write(items, to: &text, depth.inside())
    case .fields(let fields): try write(fields, to: &text, depth.inside())
    case .members:
      guard depth.objects < maximumObjects else {
        text += JSON.quoted(object.summary)
        return
      }
      let fields = try object.memberNames.compactMap { name in
        try object.member(name).map { (name: name, value: $0) }
      }
      try write(fields, to: &text, depth.inside(object: true))
    }
  }

  private static func write(_ items: [Value], to text: inout String, _ depth: Depth) throws {
    text += "["
    for (i, item) in items.enumerated() {
      if i & 0xFFF == 0 { try Interrupt.check("json") }
      if i > 0 { text += "," }
      try write(item, to: &text, depth)
    }
    text += "]"
  }

  private static func write(_ fields: [(name: String, value: Value)], to text: inout String, _ depth: Depth)
    throws
  {
    text += "{"
    for (i, field) in fields.enumerated() {
      text += (i > 0 ? "," : "") + JSON.quoted(field.name) + ":"
      try write(field.value, to: &text, depth)
    }
    text += "}"
  }

  // MARK: Reading

  /// The value in a JSON text; errors name `name` and the line.
  static func value(_ bytes: [UInt8], name: String, operation: String) throws -> Value {
    try value(parse(bytes[...], name: name, line: 1, operation: operation), operation)
  }

  /// The table in a text with one object per line.
  static func table(_ bytes: [UInt8], name: String, operation: String) throws -> Table {
    var rows: [Record] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (i, line) in lines.enumerated() where !line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
      if i & 0xFF == 0 { try Interrupt.check(operation) }
      let json = try parse(line, name: name, line: i + 1, operation: operation)
      guard let row = try value(json, operation).asRecord else {
        throw EngineError(.file, operation, "\(name):\(i + 1): expected an object, got \(json.kind)")
      }
      rows.append(row)
    }
    return try Table(rows: rows)
  }

  private static func parse(_ bytes: ArraySlice<UInt8>, name: String, line: Int, operation: String) throws
    -> JSON
  {
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    let content = hasMark ? bytes.dropFirst(3) : bytes
    do throws(JSON.SyntaxError) {
      return try JSON.parse(content, stops: true)
    } catch {
      try Interrupt.check(operation)
      let before = content.prefix(error.offset)
      let place = line + before.count { $0 == UInt8(ascii: "\n") }
      let column =
        before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 - before.startIndex + 1 } ?? 0) + 1
      throw EngineError(.file, operation, "\(name):\(place):\(column): \(error.message)")
    }
  }

  private static func value(_ json: JSON, _ operation: String) throws -> Value {
    try Interrupt.check(operation)
    return switch json {
    case .null: .none
    case .bool(let flag): .bool(flag)
    case .number(let number): .number(number)
    case .string(let string): .text(string)
    case .array(let items): .list(try items.map { try value($0, operation) })
    case .object(let fields):
      .object(Record(Record.Keys(fields.map(\.name)), try fields.map { try value($0.value, operation) }))
    }
  }
}
