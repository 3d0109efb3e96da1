import Engine

/// A program with everything it includes.
enum Program {
  /// Parses a source and puts the files it includes in their places.
  static func read(_ source: Source, commands: Set<String>, within: [String] = []) throws -> [Statement] {
    let statements = try Parser.parse(source, commands: commands)
    var program: [Statement] = []
    for statement in statements {
      guard case .include(let path) = statement.kind else {
        program.append(statement)
        continue
      }
      let place = path.hasPrefix("/") ? path : folder(of: source.name) + path
      if within.contains(place) || place == source.name {
        throw Rejection(diagnostics: [Diagnostic("\(path) includes itself", statement.span)])
      }
      do {
        let text = try FileContents.text(place, for: "include")
        program += try read(Source(name: place, text: text), commands: commands, within: within + [source.name])
      } catch let error as EngineError {
        throw Rejection(diagnostics: [Diagnostic(error.message, statement.span, help: error.hint)])
      }
    }
    return program
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }
}
