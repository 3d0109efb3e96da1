/// A file with a JSON object per line, as data sets come.
enum JSONLines {
  /// What `convert` makes of each line that is not blank, in order.
  ///
  /// Throws an `EngineError` that names the file and the line at fault.
  static func read<Item>(
    _ path: String, for operation: String, _ convert: (Line) throws -> Item
  ) throws -> [Item] {
    let bytes = try FileContents.bytes(path, for: operation)
    var items: [Item] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if index & 1023 == 1023 { try Interrupt.check(operation) }
      if line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { continue }
      let place = "\(path), line \(index + 1)"
      let object: JSON
      do {
        object = try JSON.parse(line)
      } catch {
        throw EngineError(.file, operation, "\(place), column \(error.offset + 1): \(error.message)")
      }
      guard case .object(let fields) = object else {
        throw EngineError(.file, operation, "\(place): expected an object, got \(object.kind)")
      }
      items.append(
        try convert(Line(operation: operation, place: place, object: object, names: fields.map(\.name))))
    }
    return items
  }

  /// One line's object.
  struct Line {
    let operation: String
    /// The file and the number of the line.
    let place: String
    fileprivate let object: JSON
    /// The names of its fields, in order.
    let names: [String]

    /// The value of a field, if the object has it.
    subscript(name: String) -> JSON? { object[name] }

    /// The number or the text in `column`; anything else as JSON text.
    func value(_ column: String) throws(EngineError) -> ParameterValue {
      switch object[column] {
      case .number(let number)?: .number(number)
      case .bool(let flag)?: .number(flag ? 1 : 0)
      case .string(let text)?: .text(text)
      case let other: .text(other?.line ?? "null")
      }
    }

    /// The text, or the number as text, in `column`.
    func text(_ column: String) throws(EngineError) -> String {
      guard let value = object[column] else {
        throw failure(
          "there is no column \"\(column)\"",
          hint: names.isEmpty ? nil : "the line has \(names.joined(separator: ", "))")
      }
      switch value {
      case .string(let text): return text
      case .number(let number): return ParameterValue.number(number).description
      case .null, .bool, .array, .object:
        throw failure("\"\(column)\" is \(value.kind), expected a text or a number")
      }
    }

    /// An error about this line.
    func failure(_ message: String, hint: String? = nil) -> EngineError {
      EngineError(.file, operation, "\(place): \(message)", hint: hint)
    }
  }
}
