extension InputOutline {
  /// A place that gives a name a meaning.
  public struct Definition: Equatable, Sendable {
    /// What the name becomes.
    public enum Kind: Equatable, Sendable {
      case function, variable, parameter
      /// The names of another file, by the path that was written.
      case module(path: String)
    }

    /// The name.
    public let name: String
    /// What it becomes.
    public let kind: Kind
    /// The name, in bytes.
    public let range: Range<Int>
    /// What sees it, in bytes: the function that it belongs to, else everything.
    public let scope: Range<Int>
    /// How it is written: a function's name and parameters, else the line.
    public let text: String
    /// The comment on the lines above.
    public let remarks: [String]

    /// How it is written, with the comment below.
    public var description: String {
      ([(kind == .function ? "fn " : "") + text] + remarks.map { "# \($0)" }).joined(separator: "\n")
    }
  }

  /// The names that the input gives a meaning to, each once, with the parameters and the comment of a function.
  var described: [Described] {
    let meanings = definitions.map { definition in
      guard definition.kind == .function else { return (definition.name, "of this input") }
      return (definition.name, ([definition.text] + definition.remarks.prefix(1)).joined(separator: ": "))
    }
    return Dictionary(meanings, uniquingKeysWith: { $1 }).map { Described($0.key, $0.value) }
  }

  /// The parameters of a function that the input defines.
  public func parameters(of function: String) -> [Described] {
    let definitions = definitions
    guard let found = definitions.last(where: { $0.name == function && $0.kind == .function }) else {
      return []
    }
    return definitions.filter { $0.kind == .parameter && $0.scope.lowerBound == found.range.upperBound }.map {
      Described($0.name, "of \(function)")
    }
  }

  /// What a name means at a byte: the innermost definition that is seen there, of these the latest above.
  public func definition(of name: String, at offset: Int) -> Definition? {
    let seen = definitions.filter { $0.name == name && $0.scope.contains(offset) }
    guard let narrowest = seen.map(\.scope.count).min() else { return nil }
    let own = seen.filter { $0.scope.count == narrowest }
    return own.last { $0.range.lowerBound <= offset } ?? own.first
  }

  /// The places that give names a meaning, in order.
  public var definitions: [Definition] {
    let (all, parameters) = InputOutline.definingTokens(in: tokens)
    let scopes = InputOutline.scopes(of: parameters, in: tokens)
    return all.sorted().map { i in
      InputOutline.definition(at: i, isParameter: parameters.contains(i), scopes, tokens, source)
    }
  }

  /// The names that are given a meaning: `a, b = 1`, `for a in`, `fn f(a)`, `a => a`, `catch e`; and the parameters
  /// among them.
  static func definingTokens(in tokens: [Token]) -> (all: Set<Int>, parameters: Set<Int>) {
    var found: Set<Int> = []
    var parameters: Set<Int> = []
    /// Names since the last token that is neither a name nor a comma.
    var run: [Int] = []
    /// The parentheses that are open: where, and the names that stand first in each or after a comma.
    var open: [(index: Int, names: [Int])] = []
    var header: Keyword?
    /// The brackets of axes that change together.
    var axes = 0..<0
    for (i, token) in tokens.enumerated() {
      let before = i > 0 ? tokens[i - 1].kind : .end
      let after = i + 1 < tokens.count ? tokens[i + 1].kind : .end
      switch token.kind {
      case .name:
        if token.newlineBefore { run = [] }
        run.append(i)
        if !open.isEmpty, before == .symbol(.parenOpen) || before == .symbol(.comma) {
          open[open.count - 1].names.append(i)
        }
        let isAxis = header == .sweep && (after == .keyword(.in) || axes.contains(i))
        if isAxis || importedPath(i, tokens) != nil || header == .for || before == .keyword(.fn)
          || before == .keyword(.catch)
        {
          found.insert(i)
        }
        continue
      case .symbol(.comma): continue
      case .symbol(.assign): found.formUnion(run)
      case .symbol(.arrow): parameters.formUnion(run.suffix(1))
      case .symbol(.bracketOpen)
      where header == .sweep && (before == .keyword(.sweep) || before == .symbol(.comma)):
        axes = i..<(tokens[i...].firstIndex { $0.kind == .symbol(.bracketClose) } ?? i)
      case .keyword(.for), .keyword(.sweep): header = token.kind == .keyword(.for) ? .for : .sweep
      case .keyword(.in): if header == .for { header = nil }
      case .symbol(.braceOpen): header = nil
      case .symbol(.parenOpen): open.append((i, []))
      case .symbol(.parenClose):
        guard let (start, names) = open.popLast() else { break }
        let isDefinition = (1...2).contains { start >= $0 && tokens[start - $0].kind == .keyword(.fn) }
        if isDefinition || after == .symbol(.arrow) { parameters.formUnion(names) }
      case .symbol, .number, .string, .keyword, .end: break
      }
      run = []
    }
    return (found.union(parameters), parameters)
  }

  private static func definition(
    at i: Int, isParameter: Bool, _ scopes: [Range<Int>], _ tokens: [Token], _ source: Source
  ) -> Definition {
    let token = tokens[i]
    let line = source.line(of: token.start)
    let isFunction = i > 0 && tokens[i - 1].kind == .keyword(.fn)
    var kind = isParameter ? Definition.Kind.parameter : isFunction ? .function : .variable
    if let path = importedPath(i, tokens) { kind = .module(path: path) }
    var text = source.line(line)[...]
    text = text.drop { $0 == " " || $0 == "\t" }
    if isFunction { text = source.text(token.start, tokens[parametersEnd(behind: i, tokens)].end)[...] }
    let scope = scopes.filter { $0.contains(token.start) && (!isFunction || $0.lowerBound != token.end) }
      .min { $0.count < $1.count }
    return Definition(
      name: source.text(token.start, token.end), kind: kind, range: token.start..<token.end,
      scope: scope ?? 0..<Int.max, text: String(text), remarks: source.remarks(above: line))
  }

  /// The file whose names a name gets, in `import "file" as name`.
  private static func importedPath(_ i: Int, _ tokens: [Token]) -> String? {
    guard i > 2, tokens[i - 1].kind == .name("as"), tokens[i - 3].kind == .keyword(.import),
      case .string(let pieces) = tokens[i - 2].kind, case .text(let path)? = pieces.first
    else { return nil }
    return path
  }

  /// The parenthesis that closes the parameters of a function whose name is given; the name where there is none.
  private static func parametersEnd(behind name: Int, _ tokens: [Token]) -> Int {
    guard name + 1 < tokens.count, tokens[name + 1].kind == .symbol(.parenOpen) else { return name }
    return partner(of: name + 1, tokens) ?? name
  }

  private static func partner(of open: Int, _ tokens: [Token]) -> Int? {
    var depth = 0
    for i in open..<tokens.count {
      if tokens[i].opensBracket { depth += 1 }
      if tokens[i].closesBracket { depth -= 1 }
      if depth == 0 { return i }
    }
    return nil
  }

  /// The stretches of text, in bytes, from the parameters of each function to the end of its body.
  private static func scopes(of parameters: Set<Int>, in tokens: [Token]) -> [Range<Int>] {
    var scopes: [Range<Int>] = []
    for (i, token) in tokens.enumerated() {
      let isLambda = parameters.contains(i) && i + 1 < tokens.count && tokens[i + 1].kind == .symbol(.arrow)
      guard isLambda || token.kind == .symbol(.parenOpen) else { continue }
      guard let close = isLambda ? i : partner(of: i, tokens), close + 1 < tokens.count else { continue }
      let isDefinition = (1...2).contains { i >= $0 && tokens[i - $0].kind == .keyword(.fn) }
      let body: Int
      switch tokens[close + 1].kind {
      case .symbol(.arrow): body = close + 2
      case .symbol(.assign) where isDefinition: body = close + 2
      case .symbol(.braceOpen) where isDefinition: body = close + 1
      case .symbol, .number, .string, .name, .keyword, .end: continue
      }
      scopes.append(token.start..<bodyEnd(from: body, tokens))
    }
    return scopes
  }

  /// The byte behind a body: its closing brace, else where its expression ends.
  private static func bodyEnd(from first: Int, _ tokens: [Token]) -> Int {
    guard first < tokens.count else { return tokens.last?.end ?? 0 }
    if tokens[first].kind == .symbol(.braceOpen), let close = partner(of: first, tokens) {
      return tokens[close].end
    }
    var depth = 0
    for i in first..<tokens.count {
      if depth == 0, i > first {
        let goesOn = tokens[i].kind == .symbol(.pipe)
        if tokens[i].newlineBefore && !goesOn || tokens[i].kind == .symbol(.comma) { return tokens[i].start }
      }
      if tokens[i].opensBracket { depth += 1 }
      if tokens[i].closesBracket { depth -= 1 }
      if depth < 0 { return tokens[i].start }
    }
    return tokens.last?.end ?? 0
  }
}

extension InputOutline {
  /// What stands at a byte of a program.
  public enum Subject: Equatable, Sendable {
    /// A name or a word of the language with what it is a field of, as `b.logp`, and the bytes of its last part.
    case name(String, Range<Int>)
    /// The path of a file that is included or imported.
    case file(String, Range<Int>)
  }

  /// What stands at a byte, in the code of a text too; nil where it is nothing that has a meaning.
  public func subject(at offset: Int) -> Subject? { subject(at: offset, in: tokens) }

  /// The place of a file that an `include` or an `import` of the program `name` means.
  public func file(_ path: String, of name: String) -> String {
    Program.file(path, importedFrom: Source(name: name, text: ""))
  }

  /// The places of the files that the program `name` includes.
  public func includedFiles(of name: String) -> [String] {
    tokens.indices.dropFirst().compactMap { i in
      guard tokens[i - 1].kind == .keyword(.include), case .string(let pieces) = tokens[i].kind,
        case .text(let path)? = pieces.first
      else { return nil }
      return file(path, of: name)
    }
  }

  private func subject(at offset: Int, in tokens: [Token]) -> Subject? {
    // At the end of a name the cursor still touches it.
    let touching = tokens.indices.filter { tokens[$0].start <= offset && offset <= tokens[$0].end }
    for i in touching.reversed() {
      let range = tokens[i].start..<tokens[i].end
      switch tokens[i].kind {
      case .keyword(let keyword): return .name(keyword.rawValue, range)
      case .name: return .name(path(to: i, in: tokens), range)
      case .string(let pieces):
        let names = [Token.Kind.keyword(.include), .keyword(.import)]
        if i > 0, names.contains(tokens[i - 1].kind), case .text(let path)? = pieces.first {
          return .file(path, range)
        }
        for case .code(let start, let end) in pieces where start <= offset && offset <= end {
          var lexer = Lexer(source, from: start, to: end)
          lexer.run()
          return subject(at: offset, in: lexer.tokens)
        }
      case .number, .symbol, .end: continue
      }
    }
    return nil
  }

  /// A name behind the names and points before it.
  private func path(to i: Int, in tokens: [Token]) -> String {
    var names = [source.text(tokens[i].start, tokens[i].end)]
    var at = i
    while at > 1, tokens[at - 1].kind == .symbol(.dot), case .name(let owner) = tokens[at - 2].kind {
      names.insert(owner, at: 0)
      at -= 2
    }
    return names.joined(separator: ".")
  }
}
