import Engine

/// How values look as text.
public enum Printing {
  // MARK: Numbers

  /// A number in eight significant digits, or as many as its whole part and four more need; whole numbers in full.
  public static func number(_ number: Double) -> String {
    let isLarge = number.magnitude >= 1e4 && number.magnitude < 1e13
    let whole = isLarge ? Int(log10(number.magnitude)) + 1 : 4
    return self.number(number, digits: max(8, whole + 4))
  }

  /// A number in at most so many significant digits; whole numbers in full.
  public static func number(_ number: Double, digits: Int) -> String {
    if let whole = Int(exactly: number), whole.magnitude < 1_000_000_000_000_000 {
      return number == 0 && number.sign == .minus ? "0" : "\(whole)"
    }
    if number.isNaN { return "nan" }
    if number.isInfinite { return number > 0 ? "inf" : "-inf" }
    return formatted("%.\(digits)g", number)
  }

  /// A time in seconds with three or four digits and the unit that fits it.
  public static func duration(_ seconds: Double) -> String {
    seconds < 1e-3
      ? "\(number(seconds * 1e6, digits: 3)) us"
      : seconds < 1 ? "\(number(seconds * 1e3, digits: 3)) ms" : "\(number(seconds, digits: 4)) s"
  }

  /// A number in the shortest form that reads back as the same one.
  static func exact(_ number: Double) -> String {
    if let whole = Int(exactly: number), whole.magnitude < 1 << 53 { return "\(whole)" }
    if number.isNaN { return "nan" }
    if number.isInfinite { return number > 0 ? "inf" : "-inf" }
    return "\(number)"
  }

  /// C's `printf` for one number.
  static func formatted(_ format: String, _ number: Double) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      let length = withVaList([number]) { vsnprintf(buffer.baseAddress, buffer.count, format, $0) }
      return String(
        decoding: buffer.prefix(max(0, min(Int(length), 511))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  // MARK: Values

  /// Values of more parts than this are abbreviated inside texts.
  private static let maximumText = 1 << 20

  /// Parts of more parts than this, or nested deeper, are abbreviated.
  private static func isLarge(_ object: Object) -> Bool { object.weight > 2000 || object.nesting > 40 }

  /// A value inside a text: texts as they are, everything else as it prints on one line.
  static func text(_ value: Value) -> String {
    switch value {
    case .none, .missing, .bool, .number: value.summary
    case .object(let object): object.weight > maximumText ? object.summary : object.inlineText
    }
  }

  /// A list inside a text, with all its items.
  static func text(of list: List) -> String { "[\(list.items.map(quoted).joined(separator: ", "))]" }

  private static func quoted(_ value: Value) -> String { value.asText.map(Text.quoted) ?? text(value) }

  /// A value as the prompt shows it.
  public static func display(_ value: Value, _ layout: Layout) -> String {
    switch value {
    case .none, .missing: "none"
    case .bool, .number: value.summary
    case .object(let object): object.display(layout)
    }
  }

  /// A value in a few words, for messages: `a list of 3`, `the text "abc"`.
  static func brief(_ value: Value) -> String {
    switch value {
    case .none, .missing: "none"
    case .bool, .number: value.summary
    case .object(let object): object.brief
    }
  }

  // MARK: Lists and records

  static func listSummary(_ list: List) -> String {
    let items = list.items
    if isLarge(list), list.nesting > 0 {
      return "[... \(items.count) \(items.count == 1 ? "item" : "items")]"
    }
    if items.count > 8 {
      return "[\(items.prefix(4).map(\.summary).joined(separator: ", ")), ... \(items.count) items]"
    }
    let text = "[\(items.map(\.summary).joined(separator: ", "))]"
    return text.count > 200 ? "[... \(items.count) items]" : text
  }

  static func list(_ list: List, _ layout: Layout) -> String {
    let parts = list.items.prefix(1000).map { element($0, layout) }
    let line = "[\(parts.joined(separator: ", "))]"
    if list.items.count <= 1000, line.count <= layout.width, !line.contains("\n") { return line }
    let isFlat = list.items.allSatisfy { if case .object = $0 { false } else { true } }
    if isFlat { return wrapped(list, layout) }
    let shown = max(1, layout.height - 4)
    var lines = list.items.prefix(shown).map { "  \(clipped(element($0, layout), layout.width - 3))," }
    if list.items.count > shown { lines.append("  ... \(list.items.count - shown) more") }
    return "[\n\(lines.joined(separator: "\n"))\n]"
  }

  /// Words in lines of at most `width` characters, without the indentation.
  static func wrapped(
    _ words: [String], width: Int, indent: String = "", separator: String = "  "
  ) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in words {
      if !line.isEmpty, line.count + word.count + separator.count > width {
        lines.append(indent + line)
        line = ""
      }
      line += (line.isEmpty ? "" : separator) + word
    }
    return line.isEmpty ? lines : lines + [indent + line]
  }

  /// Scalars in as many lines as fit; the ends of a long list.
  private static func wrapped(_ list: List, _ layout: Layout) -> String {
    let limit = max(20, layout.width * max(1, layout.height - 6) / 12)
    let values = list.items.count <= limit ? list.items : Array(list.items.prefix(limit - 3))
    var lines = [""]
    var column = 1
    for (i, value) in values.enumerated() {
      let part = value.summary + (i < list.items.count - 1 ? ", " : "")
      if column + part.count > layout.width {
        lines.append("")
        column = 1
      }
      lines[lines.count - 1] += part
      column += part.count
    }
    let rest = list.items.count > values.count ? "... \(list.items.count) items" : ""
    return "[\(lines.joined(separator: "\n "))\(rest)]"
  }

  private static func element(_ value: Value, _ layout: Layout) -> String {
    if let text = value.asText { return Text.quoted(text) }
    if case .object(let object) = value, object.role == .list || object.role == .record, !isLarge(object) {
      let line = object.display(Layout(width: layout.width - 4, height: 6, digits: layout.digits))
      return line.contains("\n") ? object.summary : line
    }
    return value.summary
  }

  /// A field's name as a program would write it.
  private static func label(_ name: String) -> String {
    let isName = name.utf8.allSatisfy {
      $0 == UInt8(ascii: "_") || $0 >= 0x80 || (97...122).contains($0 | 0x20) || (48...57).contains($0)
    }
    return isName && name.utf8.first.map { $0 > 57 } ?? false ? name : Text.quoted(name)
  }

  static func recordSummary(_ record: Record) -> String {
    let fields = record.fields
    if isLarge(record) { return clipped("{\(record.keys.names.prefix(40).joined(separator: ", "))}", 200) }
    let text =
      "{\(fields.prefix(8).map { "\(label($0.name)): \($0.value.summary)" }.joined(separator: ", "))\(fields.count > 8 ? ", ..." : "")}"
    return text.count > 200 ? "{\(fields.map(\.name).joined(separator: ", "))}" : text
  }

  static func record(_ record: Record, _ layout: Layout) -> String {
    let parts = record.fields.map { "\(label($0.name)): \(element($0.value, layout))" }
    let line = "{\(parts.joined(separator: ", "))}"
    if line.count <= layout.width, !line.contains("\n") { return line }
    let width = record.keys.names.map { label($0).count }.max() ?? 0
    let lines = record.fields.map { field in
      let name = (label(field.name) + ":").padded(to: width + 1)
      return "  \(name) \(clipped(element(field.value, layout), layout.width - width - 4))"
    }
    return "{\n\(lines.joined(separator: "\n"))\n}"
  }

  static func clipped(_ text: String, _ width: Int) -> String {
    let line = text.prefix { $0 != "\n" }
    if line.count == text.count, text.count <= max(8, width) { return text }
    return String(line.prefix(max(5, width - 3))) + "..."
  }

  // MARK: Tensors

  /// `[3, 4]`, or `[4 sequences, 10 tokens]` for a ragged tensor.
  static func shape(_ tensor: Tensor) -> String {
    if let rows = tensor.shape.tokenRows { return "[\(rows.count) sequences, \(rows.total) tokens]" }
    return "[\(tensor.shape.dims.map { "\($0)" }.joined(separator: ", "))]"
  }

  static func tensorSummary(_ tensor: Tensor) -> String {
    if tensor.isScalar { return number(tensor.element(0) ?? .nan) }
    if tensor.count <= 6, tensor.shape.rank == 1, tensor.shape.tokenRows == nil {
      return "[\(tensor.values.map { number($0, digits: 6) }.joined(separator: ", "))]"
    }
    return "tensor \(shape(tensor))"
  }

  static func tensor(_ tensor: Tensor, _ layout: Layout) -> String {
    if tensor.isScalar { return number(tensor.element(0) ?? .nan) }
    let head = "tensor \(shape(tensor))"
    if tensor.count == 0 { return head }
    let statistics = tensor.count > 8 ? "  \(self.statistics(tensor))" : ""
    if tensor.shape.tokenRows != nil {
      return head + statistics + "\n" + rows(tensor.rowValues, layout).joined(separator: "\n")
    }
    if tensor.shape.rank == 1 {
      let line = row(tensor, layout.width, layout.digits)
      return tensor.count <= 8 ? line : head + statistics + "\n" + line
    }
    let width = tensor.shape.dims.last ?? 1
    let count = width == 0 ? 0 : tensor.count / width
    let shown = min(count, max(3, layout.height - 4))
    let values = (0..<shown).map { i in (0..<width).compactMap { tensor.element(i * width + $0) } }
    var lines = rows(values, layout)
    // An empty line stands between the matrices of a tensor of higher rank.
    let height = tensor.shape.rank > 2 ? tensor.shape.dims[tensor.shape.rank - 2] : count
    if height > 0 {
      for row in stride(from: height, to: shown, by: height).reversed() { lines.insert("", at: row) }
    }
    if count > shown { lines.append("  ... \(count - shown) more rows") }
    return head + statistics + "\n" + lines.joined(separator: "\n")
  }

  private static func statistics(_ tensor: Tensor) -> String {
    var (count, sum, low, high) = (0, 0.0, Double.infinity, -Double.infinity)
    let isWhole = tensor.withElements { x in
      for i in 0..<tensor.count {
        // Whoever waits for the picture may have pressed Ctrl-C.
        if i & 0xFFFFF == 0, Interrupt.isRequested { return false }
        if !x[i].isFinite { continue }
        (count, sum, low, high) = (count + 1, sum + x[i], min(low, x[i]), max(high, x[i]))
      }
      return true
    }
    guard isWhole else { return "" }
    let strange = tensor.count - count
    guard count > 0 else { return "no finite number" }
    let mean = sum / Double(count)
    let text =
      "min \(number(low, digits: 4))  mean \(number(mean, digits: 4))  max \(number(high, digits: 4))"
    return strange > 0 ? text + "  not finite \(strange)" : text
  }

  /// Rows of numbers, aligned in columns where there are several of the same length.
  private static func rows(_ rows: [[Double]], _ layout: Layout) -> [String] {
    let shown = rows.prefix(max(3, layout.height - 4))
    let width = max(
      4, shown.flatMap { $0.prefix(40) }.map { number($0, digits: layout.digits).count }.max() ?? 1)
    var lines = shown.map { values in
      let room = max(1, (layout.width - 4) / (width + 2))
      let texts = values.prefix(values.count > room ? room - 1 : room).map {
        number($0, digits: layout.digits).rightAligned(to: width)
      }
      return "  " + texts.joined(separator: "  ") + (values.count > room ? "  ... \(values.count)" : "")
    }
    if rows.count > shown.count { lines.append("  ... \(rows.count - shown.count) more") }
    return lines
  }

  /// A tensor of rank 1 on one line.
  private static func row(_ tensor: Tensor, _ width: Int, _ digits: Int) -> String {
    let texts = (0..<min(tensor.count, 200)).compactMap { tensor.element($0) }.map {
      number($0, digits: digits)
    }
    let whole = "[\(texts.joined(separator: ", "))]"
    if texts.count == tensor.count, whole.count <= width { return whole }
    let end = ", ... \(tensor.element(tensor.count - 1).map { number($0, digits: digits) } ?? "")]"
    var line = "["
    for (i, text) in texts.enumerated() {
      if line.count + text.count + 2 + end.count > width, i > 0 { break }
      line += (i > 0 ? ", " : "") + text
    }
    return line + end
  }
}

extension String {
  /// The text with spaces behind it, `width` characters in all.
  public func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

  /// The text with spaces before it, `width` characters in all.
  public func rightAligned(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
