/// What `help`, `?` and the documentation say about builtins.
public enum Help {
  /// The widest that prose is set, in columns.
  public static let widestProse = 78

  /// The width for prose on whatever shows a session.
  static func proseWidth(_ session: Session) -> Int {
    max(20, min(widestProse, session.host.layout.width - 1))
  }

  /// The names of all builtins by family, in lines of at most `width` columns.
  public static func overview(_ session: Session) -> String {
    let (catalog, width) = (session.catalog, proseWidth(session))
    var lines: [String] = []
    for family in Builtin.Family.allCases {
      lines.append("\(family.rawValue):")
      lines += Printing.wrapped(
        catalog.builtins.filter { $0.family == family }.map(\.name), width: width - 2, indent: "  ")
    }
    lines.append("")
    let closing =
      "`? name` tells what one does, `?? name` shows how it is written. docs/language.md describes the language."
    lines += Printing.wrapped(
      closing.split(separator: " ").map(String.init), width: width, indent: "", separator: " ")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The card of a builtin, or a description of a variable.
  public static func text(_ name: String, _ session: Session) throws -> String {
    if session.userNames.contains(name), let value = session.globals[name] {
      return try text(of: value, session)
    }
    if let builtin = session.catalog.builtin(name) { return text(builtin, width: proseWidth(session)) }
    if let topic = topic(name, session) { return topic }
    if name.contains("*") || name.contains(" ") { return try search(name, session) }
    let nearest = Suggestion.nearest(to: name, among: session.catalog.names + session.userNames)
    throw RuntimeError(
      "there is nothing called `\(name)`",
      help: nearest.map { "did you mean `\($0)`?" } ?? "`? \(name)*` searches")
  }

  /// How a function is written: the user's own text, an equivalent in the language, or the card.
  public static func source(_ name: String, _ session: Session) throws -> String {
    let root = String(name.prefix { $0 != "." })
    if session.userNames.contains(root), let value = session.value(of: name), case .object(let object) = value
    {
      if let closure = object as? Closure, let text = closure.sourceText { return text }
      if let objective = object as? ObjectiveObject, let text = Library.objectives[objective.card.name] {
        return text
      }
      return try text(of: value, session)
    }
    if let builtin = session.catalog.builtin(name) {
      return builtin.source ?? text(builtin, width: proseWidth(session))
    }
    return try text(name, session)
  }

  /// What a value is, with its fields.
  static func text(of value: Value, _ session: Session) throws -> String {
    guard case .object(let object) = value else { return "\(value.kind) \(value.summary)" }
    if let closure = object as? Closure { return text(closure) }
    if let module = object as? Module { return text(module, session) }
    if let function = object as? NativeFunction { return text(function.builtin, width: proseWidth(session)) }
    if let objective = object as? ObjectiveObject, let builtin = session.catalog.builtin(objective.card.name)
    {
      return "objective \(objective.call)\n\n\(text(builtin, width: proseWidth(session)))"
    }
    var lines = [object.display(session.host.layout)]
    if !object.memberNames.isEmpty, !(object is Record) {
      lines.append("fields:")
      let meanings = object.memberNames.compactMap { name in
        object.meaning(ofMember: name).map { Described(name, $0) }
      }
      let others = object.memberNames.filter { object.meaning(ofMember: $0) == nil }
      if !meanings.isEmpty { lines.append(listed(meanings, width: session.host.layout.width - 1)) }
      lines += Printing.wrapped(others, width: proseWidth(session) - 2, indent: "  ")
    }
    return lines.joined(separator: "\n")
  }

  /// A card as text, its prose in lines of at most `width` columns.
  public static func text(_ builtin: Builtin, width: Int = widestProse) -> String {
    var summary = builtin.summary.prefix(1).uppercased() + builtin.summary.dropFirst() + "."
    if builtin.isCommand { summary += " A command: parentheses may be left out." }
    var parts = [signature(builtin, width: width), paragraphs(summary, width: width)]
    if !builtin.details.isEmpty { parts.append("\n" + paragraphs(builtin.details, width: width)) }
    if !builtin.examples.isEmpty {
      parts.append("\nFor example:")
      parts += builtin.examples.map {
        $0.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(
          separator: "\n")
      }
    }
    return parts.joined(separator: "\n")
  }

  private static func signature(_ builtin: Builtin, width: Int) -> String {
    if builtin.constant != nil { return builtin.name }
    let text = builtin.signature.text
    guard text.count > width else { return text }
    let parameters = text.dropFirst(builtin.name.count + 1).dropLast()
    let indent = String(repeating: " ", count: builtin.name.count + 1)
    let lines = Printing.wrapped(
      parameters.split(separator: ",").map { $0.drop { $0 == " " } + "," }.map(String.init),
      width: max(width - indent.count, 16), indent: indent,
      separator: " ")
    return builtin.name + "(" + lines.joined(separator: "\n").dropFirst(indent.count).dropLast() + ")"
  }

  private static func paragraphs(_ text: String, width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      if line.count <= width - 2 { return "  " + line }
      // What belongs to a point of a list stands under its first word.
      let hanging = line.hasPrefix("- ") ? "  " : ""
      let words = (hanging.isEmpty ? line : line.dropFirst(2)).split(separator: " ").map(String.init)
      let lines = Printing.wrapped(
        words, width: width - 2 - hanging.count, indent: "  " + hanging, separator: " ")
      let text = lines.joined(separator: "\n")
      return hanging.isEmpty ? text : "  - " + text.dropFirst(4)
    }.joined(separator: "\n")
  }
}
