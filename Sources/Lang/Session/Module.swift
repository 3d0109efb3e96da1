import Engine

/// A file with names of its own: what `import "file.rls" as m` gives `m`.
///
/// All who import the file share it. Its fields are the variables that the file assigns to at its top level.
final class Module: Object, FieldReplacing, @unchecked Sendable {
  /// A text of the file, made ready to run.
  private struct Version {
    let source: Source
    let globals: Globals
    let prototype: Prototype
  }

  /// The file, as errors call it.
  let path: String
  /// The file's whole path.
  let file: String
  /// What the fields are read from; nil before the file has run.
  private var current: Version?
  /// What the next import runs; nil where the file has not changed since it ran.
  private var next: Version?

  init(_ path: String, file: String) {
    self.path = path
    self.file = file
    super.init()
  }

  /// Whether an import will run the file.
  var isStale: Bool { next != nil || current == nil }

  /// Whether the text is the one that has run, or that will.
  func has(_ source: Source) -> Bool { (next ?? current)?.source.bytes == source.bytes }

  /// Makes a text ready to run.
  func prepare(_ source: Source, _ globals: Globals, _ prototype: Prototype) {
    next = Version(source: source, globals: globals, prototype: prototype)
  }

  /// What an `import` calls: runs the file where it is new or has changed, and gives the module.
  var importer: Object {
    DerivedFunction("import") { _ in
      { [self] call in
        if let next {
          _ = try call.interpreter.run(next.prototype)
          current = next
          self.next = nil
        }
        return .object(self)
      }
    }
  }

  /// The comment at the top of the file, without the signs.
  var remarks: [String] {
    guard let source = current?.source else { return [] }
    var number = source.line(1).hasPrefix("#!") ? 2 : 1
    var lines: [String] = []
    while source.line(number).hasPrefix("#") {
      lines.append(String(source.line(number).drop { $0 == "#" }.drop { $0 == " " }))
      number += 1
    }
    return lines
  }

  override var kind: String { "module" }
  override var summary: String { "module \(path)" }
  override func display(_ layout: Layout) -> String {
    Printing.clipped("\(summary): \(memberNames.joined(separator: ", "))", layout.width)
  }
  override var memberNames: [String] {
    current.map { version in version.globals.names.filter { version.globals[$0] != nil } } ?? []
  }
  override func member(_ name: String) -> Value? { current?.globals[name] }
  override func identity(_ identity: Identity) throws -> JSON {
    try identity.inside(self) {
      try identity.of(memberNames.map { ($0, member($0) ?? .none) })
    }
  }

  func replacing(_ name: String, with value: Value) throws -> Object {
    throw RuntimeError(
      "`\(name)` is the module's own, and cannot be assigned to from outside",
      help: "assign to a variable of your own")
  }
}

/// The modules of a session, by the file that each one is.
final class Modules: @unchecked Sendable {
  private var known: [String: Module] = [:]

  /// Forgets all, so that the next imports run their files again.
  func reset() { known = [:] }

  /// The modules that the `import` statements of a program stand for; those that are new or have changed are made ready
  /// to run.
  ///
  /// Throws a `Rejection` where a file is missing, is no program, or imports itself through others.
  func importedBy(_ program: [Statement], of source: Source, _ session: Session) throws -> [ObjectIdentifier:
    Module]
  {
    var read: [String: Module] = [:]
    return try importedBy(program, chain: [source.name], read: &read, session)
  }

  private func importedBy(
    _ program: [Statement], chain: [String], read: inout [String: Module], _ session: Session
  ) throws -> [ObjectIdentifier: Module] {
    var modules: [ObjectIdentifier: Module] = [:]
    for statement in program {
      guard case .importModule(let written, _) = statement.kind else { continue }
      do {
        modules[ObjectIdentifier(statement)] = try module(
          written, from: statement.span, chain, &read, session)
      } catch let error as EngineError {
        throw Rejection(diagnostics: [Diagnostic(error.message, statement.span, help: error.hint)])
      }
    }
    return modules
  }

  private func module(
    _ written: String, from span: Span, _ chain: [String], _ read: inout [String: Module], _ session: Session
  ) throws -> Module {
    let path = Program.file(written, importedFrom: span.source)
    let identity = FileContents.resolved(path)
    if let start = chain.firstIndex(where: { FileContents.resolved($0) == identity }) {
      let circle = (chain[start...] + [path]).joined(separator: " imports ")
      throw Rejection(diagnostics: [
        Diagnostic(
          "a file cannot import itself: \(circle)", span, help: "move what both need into a third file")
      ])
    }
    if let module = read[identity] { return module }
    let reading = session.read(try FileContents.text(path, for: "import"), name: path)
    let program = try Program.whole(reading, commands: session.catalog.commands)
    let inner = try importedBy(program, chain: chain + [path], read: &read, session)
    let module = known[identity] ?? Module(path, file: identity)
    if !module.has(reading.source) || inner.values.contains(where: \.isStale) {
      let globals = Globals(in: session.globals.slots)
      module.prepare(reading.source, globals, try session.compile(program, globals, modules: inner))
    }
    known[identity] = module
    read[identity] = module
    return module
  }
}
