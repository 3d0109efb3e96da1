import Engine

/// Help on what is no builtin: one's own functions, words and signs of the language, fields; and search by word.
extension Help {
  /// A function of the language, with the comment above it.
  static func text(_ closure: Closure) -> String {
    let signature = closure.signature?.text ?? closure.summary
    let remarks = closure.remarks.map { "  \($0)" }
    return ([signature] + remarks + ["", "  `?? name` shows how it is written."]).joined(separator: "\n")
  }

  /// A module's file, the comment at its top and its names.
  static func text(_ module: Module, _ session: Session) -> String {
    let names = module.memberNames.map { Described($0, module.member($0).map(Session.describe) ?? "") }
    return
      ([module.summary] + module.remarks.map { "  \($0)" } + [
        "", listed(names, width: session.host.layout.width - 1),
      ])
      .joined(separator: "\n")
  }

  /// Help on a word of the language, a sign, or a field such as `pi.updates`; nil where it is none of these.
  static func topic(_ name: String, _ session: Session) -> String? {
    if let keyword = Keyword(rawValue: name) { return "\(name)\n  \(keyword.meaning)." }
    if let meaning = Symbol(rawValue: name)?.meaning { return "\(name)\n  \(meaning)." }
    guard let point = name.lastIndex(of: ".") else { return nil }
    if let closure = session.value(of: name)?.as(Closure.self) { return text(closure) }
    let (owner, field) = (String(name[..<point]), String(name[name.index(after: point)...]))
    if owner == "rls", let builtin = session.catalog.builtin(field) {
      return text(builtin, width: proseWidth(session))
    }
    guard let found = session.fields(of: owner).first(where: { $0.name == field }) else { return nil }
    return "\(name)\n  \(found.meaning)"
  }

  /// All names whose own text or meaning holds every word of a query, the nearest first; `*` counts as a gap.
  public static func search(_ query: String, _ session: Session) throws -> String {
    let words = query.lowercased().split { $0 == "*" || $0 == " " }.map(String.init)
    guard !words.isEmpty else {
      throw RuntimeError("a search needs a word", help: "write `apropos \"ratio\"`")
    }
    let fields = Column.all.map { Described("." + $0.name, $0.meaning) }
    let found = (session.names() + fields).compactMap { topic -> (Described, Bool)? in
      let name = topic.name.lowercased()
      let isNamed = words.allSatisfy(name.contains)
      let details = session.catalog.builtin(topic.name)?.details ?? ""
      let text = "\(name) \(topic.meaning) \(details)".lowercased()
      return isNamed || words.allSatisfy(text.contains) ? (topic, isNamed) : nil
    }
    guard !found.isEmpty else {
      throw RuntimeError("nothing speaks of \(words.map { "`\($0)`" }.joined(separator: " and "))")
    }
    let sorted = found.filter(\.1) + found.filter { !$0.1 }
    return listed(sorted.map(\.0), width: session.host.layout.width - 1)
  }

  /// Names in a column, with what each means beside it.
  static func listed(_ topics: [Described], width: Int) -> String {
    let column = min(topics.map(\.name.count).max() ?? 0, 24)
    return topics.map { topic in
      Printing.clipped("  \(topic.name.padded(to: column))  \(topic.meaning)", max(20, width))
    }.joined(separator: "\n")
  }
}

extension Symbol {
  /// What it does, in a few words; nil for what only separates.
  var meaning: String? {
    switch self {
    case .pipe: "hands a value on as the first argument: `xs | map(f)` is `map(xs, f)`"
    case .arrow: "a function without a name: `x => x + 1`, `(x, y) => x * y`"
    case .assign: "gives a name, a field or an element a value: `x = 1`, `a, b = f()`"
    case .plusAssign, .minusAssign, .timesAssign, .divideAssign:
      "computes with a variable and assigns the result: `x \(rawValue) 2`"
    case .plus: "the sum; joins texts and lists"
    case .minus: "the difference, or the opposite"
    case .times: "the product, element by element"
    case .divide: "the quotient, element by element"
    case .modulo: "the remainder, with the sign of the divisor"
    case .power: "the power: `2 ^ 10`; binds before a sign and to the right"
    case .matmul: "the product of matrices: `a @ b`"
    case .equal: "whether two values are the same"
    case .unequal: "whether two values differ"
    case .less, .lessEqual, .greater, .greaterEqual: "compares numbers or texts; gives 0 and 1 for tensors"
    case .range: "whole steps with both ends: `1..8`"
    case .openRange: "whole steps without the last: `0..<8`"
    case .spread: "hands on a list as arguments: `f(xs...)`; `fn f(a...)` takes what is left"
    case .otherwise: "the right side where the left one is missing: `r.seed ?? 0`"
    case .dot: "a field: `ro.reward`, `rls.step`"
    case .semicolon: "ends a statement, and keeps the prompt from showing its value"
    case .colon: "names an argument or a field: `sapo(tau_neg: 2)`, `{a: 1}`"
    case .parenOpen, .parenClose, .bracketOpen, .bracketClose, .braceOpen, .braceClose, .comma: nil
    }
  }
}
