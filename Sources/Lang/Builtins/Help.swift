/// What `help`, `?` and the documentation say about builtins.
public enum Help {
  /// The names of all builtins by family.
  public static func overview(_ catalog: BuiltinCatalog) -> String {
    var lines: [String] = []
    for family in Builtin.Family.allCases {
      lines.append("\(family.rawValue):")
      lines += wrapped(catalog.builtins.filter { $0.family == family }.map(\.name), width: 76, indent: "  ")
    }
    lines.append("")
    lines.append("`? name` tells what one does, `?? name` shows how it is written. docs/language.md describes the language.")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The card of a builtin, or a description of a variable.
  public static func text(_ name: String, _ session: Session) throws -> String {
    if session.userNames.contains(name), let value = session.globals[name] { return try text(of: value, session) }
    if let builtin = session.catalog.builtin(name) { return text(builtin) }
    let nearest = Suggestion.nearest(to: name, among: session.catalog.names + session.userNames)
    throw RuntimeError("there is nothing called `\(name)`", help: nearest.map { "did you mean `\($0)`?" })
  }

  /// How a function is written: the user's own text, an equivalent in the language, or the card.
  public static func source(_ name: String, _ session: Session) throws -> String {
    if session.userNames.contains(name), let value = session.globals[name], case .object(let object) = value {
      if let closure = object as? Closure, let text = closure.sourceText { return text }
      if let objective = object as? ObjectiveObject { return objective.card.source }
      return try text(of: value, session)
    }
    if let builtin = session.catalog.builtin(name) { return builtin.source ?? text(builtin) }
    return try text(name, session)
  }

  /// What a value is, with its fields.
  static func text(of value: Value, _ session: Session) throws -> String {
    guard case .object(let object) = value else { return "\(value.kind) \(value.summary)" }
    if let function = object as? NativeFunction { return text(function.builtin) }
    if let objective = object as? ObjectiveObject, let builtin = session.catalog.builtin(objective.card.name) {
      return "objective \(objective.call)\n\n\(text(builtin))"
    }
    var lines = [object.display(session.host.layout)]
    if !object.memberNames.isEmpty, !(object is Record) {
      lines.append("fields:")
      lines += wrapped(object.memberNames, width: 76, indent: "  ")
    }
    return lines.joined(separator: "\n")
  }

  /// A card as text.
  public static func text(_ builtin: Builtin) -> String {
    var parts = [signature(builtin), "  " + builtin.summary.prefix(1).uppercased() + builtin.summary.dropFirst() + "."]
    if builtin.isCommand { parts[1] += " A command: parentheses may be left out." }
    if !builtin.details.isEmpty { parts.append("\n" + paragraphs(builtin.details)) }
    if !builtin.examples.isEmpty {
      parts.append("\nFor example:")
      parts += builtin.examples.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n") }
    }
    return parts.joined(separator: "\n")
  }

  private static func signature(_ builtin: Builtin) -> String {
    if builtin.constant != nil { return builtin.name }
    let text = builtin.signature.text
    guard text.count > 78 else { return text }
    let parameters = text.dropFirst(builtin.name.count + 1).dropLast()
    let indent = String(repeating: " ", count: builtin.name.count + 1)
    let lines = wrapped(parameters.split(separator: ",").map { $0.drop { $0 == " " } + "," }.map(String.init), width: 76, indent: indent, separator: " ")
    return builtin.name + "(" + lines.joined(separator: "\n").dropFirst(indent.count).dropLast() + ")"
  }

  private static func paragraphs(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      if line.count <= 78 { return "  " + line }
      return wrapped(line.split(separator: " ").map(String.init), width: 76, indent: "  ", separator: " ").joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func wrapped(_ words: [String], width: Int, indent: String, separator: String = "  ") -> [String] {
    var lines: [String] = [], line = ""
    for word in words {
      if !line.isEmpty, line.count + word.count + separator.count > width {
        lines.append(indent + line)
        line = ""
      }
      line += (line.isEmpty ? "" : separator) + word
    }
    return line.isEmpty ? lines : lines + [indent + line]
  }
}
