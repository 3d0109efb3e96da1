extension JSON {
  /// The value as text over several lines, two spaces a level.
  public var text: String {
    var text = ""
    write(to: &text, indent: "\n")
    return text + "\n"
  }

  /// The value as text on one line.
  public var line: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  private func write(to text: inout String, indent: String?) {
    switch self {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .number(let number): text += JSON.number(number)
    case .string(let string): text += JSON.quoted(string)
    case .array(let items):
      JSON.writeParts(items, "[", "]", to: &text, indent) { item, text, indent in
        item.write(to: &text, indent: indent)
      }
    case .object(let fields):
      JSON.writeParts(fields, "{", "}", to: &text, indent) { field, text, indent in
        text += JSON.quoted(field.name) + (indent == nil ? ":" : ": ")
        field.value.write(to: &text, indent: indent)
      }
    }
  }

  private static func writeParts<Part>(
    _ parts: [Part], _ open: String, _ close: String, to text: inout String, _ indent: String?,
    _ write: (Part, inout String, String?) -> Void
  ) {
    let inner = indent.map { $0 + "  " }
    text += open
    for (index, part) in parts.enumerated() {
      text += (index > 0 ? "," : "") + (inner ?? "")
      write(part, &text, inner)
    }
    text += (parts.isEmpty ? "" : indent ?? "") + close
  }

  /// A number in the shortest form that reads back as the same one; null where it is not finite.
  public static func number(_ number: Double) -> String {
    guard number.isFinite else { return "null" }
    if number == 0, number.sign == .minus { return "-0.0" }
    if let whole = Int(exactly: number), whole.magnitude < 1 << 53 { return "\(whole)" }
    return "\(number)"
  }

  /// A text in quotes, escaped as JSON has it.
  public static func quoted(_ string: String) -> String {
    string.quoted { scalar in
      scalar.value < 32 ? "\\u" + UInt16(scalar.value).hexadecimal : nil
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A list.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// An object of these fields; names are distinct.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Field(name: $0.0, value: $0.1) })
  }

  /// A number, rounded to 53 bits.
  public init(_ number: Int) { self = .number(Double(number)) }
}
