import Engine

/// A program text that has been read once: its statements, or what is wrong with it.
public struct Reading: Sendable {
  /// The text, under the name that errors call it by.
  public let source: Source
  let statements: Result<[Statement], Rejection>

  init(_ source: Source, commands: Set<String>) {
    self.source = source
    self.statements = Result { () throws(Rejection) in try Parser.parse(source, commands: commands) }
  }

  /// What keeps the text from being a program; nil where nothing does.
  public var rejection: Rejection? {
    if case .failure(let rejection) = statements { rejection } else { nil }
  }

  /// Whether the text is the beginning of something that needs more lines.
  public var isIncomplete: Bool { rejection?.isIncomplete ?? false }
}

/// A program with everything it includes.
enum Program {
  /// The statements of a text, with the files it includes in their places.
  static func whole(_ reading: Reading, commands: Set<String>) throws -> [Statement] {
    var files = 0
    return try whole(reading, commands: commands, within: [], files: &files)
  }

  /// The most files one program includes, those that they include counted.
  private static let maximumFiles = 1000

  private static func whole(
    _ reading: Reading, commands: Set<String>, within: [String], files: inout Int
  ) throws -> [Statement] {
    let source = reading.source
    var program: [Statement] = []
    for statement in try reading.statements.get() {
      guard case .include(let written) = statement.kind else {
        program.append(statement)
        continue
      }
      let path = FileContents.expanded(written)
      let place = file(path, besides: source)
      files += 1
      if files > maximumFiles || within.count > 100 {
        throw Rejection(diagnostics: [
          Diagnostic(
            "more than \(maximumFiles) files are included, or they include each other more than 100 deep",
            statement.span)
        ])
      }
      if within.contains(place) || place == source.name {
        throw Rejection(diagnostics: [Diagnostic("\(path) includes itself", statement.span)])
      }
      do {
        let text = try FileContents.text(place, for: "include")
        program += try whole(
          Reading(Source(name: place, text: text), commands: commands), commands: commands,
          within: within + [source.name], files: &files)
      } catch let error as EngineError {
        throw Rejection(diagnostics: [Diagnostic(error.message, statement.span, help: error.hint)])
      }
    }
    return program
  }

  /// Where an imported file is: beside the file that imports it, else in the working folder, else in the first of the
  /// folders of the environment variable `RLS_PATH`, which colons separate; beside that file where it is nowhere.
  static func file(_ written: String, importedFrom source: Source) -> String {
    let path = FileContents.expanded(written)
    let beside = file(path, besides: source)
    if path.hasPrefix("/") { return path }
    let folders = System.variable("RLS_PATH")?.split(separator: ":") ?? []
    let places = [beside, plain(path)] + folders.map { FileContents.expanded("\($0)/\(plain(path))") }
    return places.first { access($0, F_OK) == 0 } ?? beside
  }

  /// A path as the file means it in which it is written.
  private static func file(_ path: String, besides source: Source) -> String {
    path.hasPrefix("/") ? path : folder(of: source.name) + plain(path)
  }

  /// The path without `./` at its start, so that a file is known again.
  private static func plain(_ path: String) -> String {
    var path = path[...]
    while path.hasPrefix("./") { path = path.dropFirst(2).drop { $0 == "/" } }
    return String(path)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }
}
