import Engine
import Lang

extension LanguageServer {
  // MARK: Diagnostics

  /// What `rls --check` reports of a document.
  func diagnostics(_ document: DocumentText, name: String) -> [JSON] {
    do {
      try session.check(document.text, name: name)
      return []
    } catch let rejection as Rejection {
      return rejection.diagnostics.map { diagnostic in
        let help = diagnostic.help.map { "\nhelp: \($0)" } ?? ""
        let span = diagnostic.span
        // What is wrong in an included file is told at the top.
        let isOwn = span.source.name == name
        let place = isOwn ? "" : "\(span.source.name):\(span.line): "
        return LanguageServer.diagnostic(
          document.range(isOwn ? span.start..<max(span.start, span.end) : 0..<0),
          place + diagnostic.message + help)
      }
    } catch {
      return [LanguageServer.diagnostic(document.range(0..<0), RuntimeError(error).message)]
    }
  }

  private static func diagnostic(_ range: JSON, _ message: String) -> JSON {
    ["range": range, "severity": 1, "source": "rls", "message": .string(message)]
  }

  // MARK: Names

  /// The card of a builtin, what a word means, or how the document defines a name.
  func hover(_ place: Place) -> JSON {
    let outline = InputOutline(place.document.text)
    guard case .name(let path, let range)? = outline.subject(at: place.offset) else { return .null }
    let text: String
    if let own = outline.definition(of: path, at: place.offset) {
      text = own.description
    } else if let found = definitionElsewhere(path, outline, place) {
      text = found.definition.description
    } else if let help = try? Help.text(path, session) {
      text = help
    } else {
      return .null
    }
    return [
      "contents": ["kind": "markdown", "value": .string("```rls\n\(text)\n```")],
      "range": place.document.range(range),
    ]
  }

  /// What the prompt would offer.
  func completion(_ place: Place) -> JSON {
    let found = SessionCompletion(session).complete(place.document.text, cursor: place.offset)
    guard let found else { return [] }
    let range = place.document.range(found.start..<max(found.start, place.offset))
    return .array(
      found.all.map { candidate in
        [
          "label": .string(candidate.name), "detail": .string(candidate.meaning),
          "filterText": .string(candidate.text),
          "textEdit": ["range": range, "newText": .string(candidate.text)],
        ]
      })
  }

  /// Where a name gets its meaning, in the document or in the files that it includes; or the file that is named.
  func definition(_ place: Place) -> JSON {
    let outline = InputOutline(place.document.text)
    switch outline.subject(at: place.offset) {
    case .file(let path, _)?:
      return LanguageServer.location(outline.file(path, of: name(of: place.address)), DocumentText(""), 0..<0)
    case .name(let path, _)?:
      if let own = outline.definition(of: path, at: place.offset) {
        return ["uri": .string(place.address), "range": place.document.range(own.range)]
      }
      guard let found = definitionElsewhere(path, outline, place) else { return .null }
      return LanguageServer.location(found.file, found.text, found.definition.range)
    case nil: return .null
    }
  }

  private static func location(_ file: String, _ text: DocumentText, _ range: Range<Int>) -> JSON {
    ["uri": .string(FileAddress.address(file)), "range": text.range(range)]
  }

  /// A definition in another file.
  struct Elsewhere {
    var file: String
    var text: DocumentText
    var definition: InputOutline.Definition
  }

  /// What a name means that an included file defines, or a module: `m.f`.
  private func definitionElsewhere(_ path: String, _ outline: InputOutline, _ place: Place) -> Elsewhere? {
    let parts = path.split(separator: ".").map(String.init)
    guard let first = parts.first else { return nil }
    if parts.count == 2, let module = outline.definition(of: first, at: place.offset),
      case .module(let file) = module.kind
    {
      return search([outline.file(file, of: name(of: place.address))], for: parts[1])
    }
    guard parts.count == 1 else { return nil }
    return search(outline.includedFiles(of: name(of: place.address)), for: path)
  }

  /// The last definition of a name at the top of one of the files, or of those that they include.
  private func search(_ files: [String], for name: String) -> Elsewhere? {
    var pending = files
    var seen: Set<String> = []
    while let file = pending.popLast(), seen.count < 1000 {
      guard seen.insert(file).inserted, let text = try? FileContents.text(file, for: "lsp") else { continue }
      let document = documents[FileAddress.address(file)] ?? DocumentText(text)
      let outline = InputOutline(document.text)
      if let found = outline.definition(of: name, at: .max - 1), found.kind != .parameter {
        return Elsewhere(file: file, text: document, definition: found)
      }
      pending += outline.includedFiles(of: file)
    }
    return nil
  }

  // MARK: Documents

  /// The functions of a document, and the variables at its top level.
  func symbols(_ document: DocumentText) -> JSON {
    var seen: Set<String> = []
    let definitions = InputOutline(document.text).definitions.filter { definition in
      let isTop = definition.scope.upperBound == .max
      switch definition.kind {
      case .function: return true
      case .variable, .module: return isTop && seen.insert(definition.name).inserted
      case .parameter: return false
      }
    }
    return .array(
      definitions.map { definition in
        let kind =
          switch definition.kind {
          case .function: 12
          case .module: 2
          case .variable, .parameter: 13
          }
        let range = document.range(definition.range)
        return [
          "name": .string(definition.name), "detail": .string(definition.text), "kind": JSON(kind),
          "range": range, "selectionRange": range,
        ]
      })
  }

  /// The edit that formats a document; none where it does not parse.
  func formatting(_ document: (address: String, text: DocumentText)) -> JSON {
    let (address, text) = document
    guard let formatted = try? Formatting.formatted(text.text, name: name(of: address)) else { return .null }
    if formatted == text.text { return [] }
    return [["range": text.whole, "newText": .string(formatted)]]
  }
}
