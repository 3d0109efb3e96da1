/// A JSON value; an object keeps its fields in order.
public enum JSON: Sendable, Equatable {
  /// null.
  case null
  /// true or false.
  case bool(Bool)
  /// A number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSON])
  /// Fields in the order of the text; no name occurs twice.
  case object([Field])

  /// A name and its value.
  public struct Field: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The value.
    public let value: JSON

    /// A field.
    public init(name: String, value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// How deep lists and objects may be nested in a text that is read or written.
  public static let deepest = 256

  /// The value of the field called `name`, if this is an object that has it.
  public subscript(name: String) -> JSON? {
    if case .object(let fields) = self { fields.first { $0.name == name }?.value } else { nil }
  }

  /// What kind of value it is, for messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// Where and why a text is no JSON.
  public struct SyntaxError: Error, Sendable, Equatable {
    /// The offset of the byte at fault.
    public let offset: Int
    /// What came and what was expected.
    public let message: String
  }

  /// The value of a whole text in UTF-8, strictly by RFC 8259; one that `stops` gives up when a stop is requested.
  public static func parse(_ bytes: some Collection<UInt8>, stops: Bool = false) throws(SyntaxError) -> JSON {
    var reader = JSONReader(Array(bytes), stops: stops)
    return try reader.document()
  }
}

/// A strict recursive-descent reader of JSON, to a bounded depth.
private struct JSONReader {
  private let bytes: [UInt8]
  private let stops: Bool
  private var position = 0
  private var steps = 0

  init(_ bytes: [UInt8], stops: Bool) {
    self.bytes = bytes
    self.stops = stops
  }

  mutating func document() throws(JSON.SyntaxError) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("expected the end, got \(found)") }
    return value
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private var found: String {
    guard let byte = next else { return "the end of the text" }
    return byte > 32 && byte < 127 ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
  }

  private func failure(_ message: String) -> JSON.SyntaxError {
    JSON.SyntaxError(offset: position, message: message)
  }

  /// Counts a value or a byte of a text, and looks for a stop now and then.
  private mutating func step() throws(JSON.SyntaxError) {
    steps &+= 1
    if steps & 0xFFFF == 0, stops, Interrupt.isRequested { throw failure("interrupted") }
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 32 || byte == 9 || byte == 10 || byte == 13 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(JSON.SyntaxError) {
    guard take(byte) else {
      throw failure("expected '\(Character(UnicodeScalar(byte)))', got \(found)")
    }
  }

  private mutating func value(depth: Int) throws(JSON.SyntaxError) -> JSON {
    guard depth < JSON.deepest else {
      throw failure("nested more than \(JSON.deepest) deep")
    }
    try step()
    skipSpace()
    guard let byte = next else { throw failure("expected a value, got \(found)") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw failure("expected a value, got \(found)")
    }
  }

  private mutating func word(_ text: String, _ value: JSON) throws(JSON.SyntaxError) -> JSON {
    guard bytes[position...].starts(with: text.utf8) else { throw failure("expected \(text)") }
    position += text.utf8.count
    return value
  }

  private mutating func object(_ depth: Int) throws(JSON.SyntaxError) -> JSON {
    try expect(UInt8(ascii: "{"))
    var fields: [JSON.Field] = []
    var names: Set<String> = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object([]) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("expected a field name in quotes, got \(found)") }
      let name = try string()
      guard names.insert(name).inserted else { throw failure("the field \"\(name)\" occurs twice") }
      skipSpace()
      try expect(UInt8(ascii: ":"))
      fields.append(JSON.Field(name: name, value: try value(depth: depth + 1)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object(fields) }
      guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or '}', got \(found)") }
    }
  }

  private mutating func array(_ depth: Int) throws(JSON.SyntaxError) -> JSON {
    try expect(UInt8(ascii: "["))
    var items: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array([]) }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array(items) }
      guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or ']', got \(found)") }
    }
  }

  private mutating func digits() throws(JSON.SyntaxError) {
    let start = position
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw failure("expected a digit, got \(found)") }
  }

  private mutating func number() throws(JSON.SyntaxError) -> JSON {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
      try digits()
    }
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw failure("this is no number")
    }
    return .number(value)
  }

  private mutating func string() throws(JSON.SyntaxError) -> String {
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    while true {
      guard let byte = next else { throw failure("a text is not closed") }
      position += 1
      try step()
      if byte == UInt8(ascii: "\"") { break }
      guard byte >= 32 else {
        position -= 1
        throw failure("a control character has to be escaped inside a text")
      }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      try escape(&text)
    }
    guard let string = String(validating: text, as: UTF8.self) else { throw failure("a text is not UTF-8") }
    return string
  }

  private mutating func escape(_ text: inout [UInt8]) throws(JSON.SyntaxError) {
    guard let byte = next else { throw failure("a text is not closed") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"): text += Array(String(try escapedScalar()).utf8)
    default:
      position -= 1
      throw failure("unknown escape \\\(found)")
    }
  }

  private mutating func escapedScalar() throws(JSON.SyntaxError) -> Character {
    var code = try fourHexDigits()
    if code & 0xFC00 == 0xD800 {
      guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw failure("half a surrogate pair") }
      let low = try fourHexDigits()
      guard low & 0xFC00 == 0xDC00 else { throw failure("half a surrogate pair") }
      code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
    }
    guard let scalar = UnicodeScalar(code) else { throw failure("half a surrogate pair") }
    return Character(scalar)
  }

  private mutating func fourHexDigits() throws(JSON.SyntaxError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw failure("expected a hexadecimal digit, got \(found)")
      }
      position += 1
      code = code << 4 | UInt32(digit)
    }
    return code
  }
}
