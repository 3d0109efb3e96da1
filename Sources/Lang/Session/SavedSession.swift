import Engine

/// A session as a folder: a program that makes its variables again, and files for what does not fit into a program.
public struct SavedSession {
  private let folder: String
  private let session: Session
  private var files = 0
  /// What makes the values again that have a file of their own.
  private var written: [ObjectIdentifier: String] = [:]

  /// The program in the folder.
  public static let program = "session.rls"

  /// Writes the variables of `session` into a new folder; gives the names of those that cannot be kept.
  public static func write(_ session: Session, to folder: String) throws -> [String] {
    guard mkdir(folder, 0o755) == 0 else {
      throw RuntimeError(
        "cannot make the folder \(folder): \(System.message())",
        help: "name a folder that does not exist yet")
    }
    var saved = SavedSession(folder: folder, session: session)
    var lines = ["# A session of rls. `:restore \(folder)` takes it up again."]
    var left: [String] = []
    // Functions first: other values may hold them.
    let names = session.userNames.filter { $0 != "ans" }
    for name in names.filter(saved.isFunction) + names.filter({ !saved.isFunction($0) }) {
      guard let value = session.globals[name] else { continue }
      if let line = try saved.statement(name, value) { lines.append(line) } else { left.append(name) }
    }
    try FileContents.write(
      lines.joined(separator: "\n") + "\n", to: "\(folder)/\(program)", for: "save the session")
    return left
  }

  /// Runs the program of a saved session in `session`, whose variables it adds to.
  public static func restore(_ folder: String, into session: Session) throws {
    let text = try FileContents.text("\(folder)/\(program)", for: ":restore")
    // Its files are named relative to the folder, so that it can be moved.
    guard let before = getcwd(nil, 0) else { throw RuntimeError("the working folder is gone") }
    defer {
      chdir(before)
      free(before)
    }
    guard chdir(folder) == 0 else { throw RuntimeError("cannot go into \(folder)") }
    try session.run(text, name: "\(folder)/\(program)", echoes: false)
  }

  private init(folder: String, session: Session) {
    self.folder = folder
    self.session = session
  }

  private func isFunction(_ name: String) -> Bool { session.globals[name]?.as(Closure.self) != nil }

  /// `name = ...`, or the definition of a function.
  private mutating func statement(_ name: String, _ value: Value) throws -> String? {
    if case .object(let object) = value, let closure = object as? Closure {
      guard closure.carriesNothing, let text = closure.sourceText else { return nil }
      let isDefinition = text.hasPrefix("fn \(name)(")
      let remarks = closure.remarks.map { "# \($0)\n" }.joined()
      return remarks + (isDefinition ? text : "\(name) = \(text)")
    }
    // A module stays where its file is.
    if let module = value.as(Module.self) { return "import \(Text.quoted(module.file)) as \(name)" }
    return try expression(value).map { "\(name) = \($0)" }
  }

  /// What makes a value again, bit for bit; nil where nothing does.
  private mutating func expression(_ value: Value) throws -> String? {
    switch value {
    case .none, .missing: return "none"
    case .bool(let flag): return "\(flag)"
    case .number(let number): return SavedSession.number(number)
    case .object(let object): return try expression(object)
    }
  }

  private static func number(_ number: Double) -> String {
    number.sign == .minus && number == 0 ? "-0" : Printing.exact(number)
  }

  private mutating func expression(_ object: Object) throws -> String? {
    try Interrupt.check("save")
    switch object {
    case let text as Text: return Text.quoted(text.string)
    case let list as List: return try list.items.isEmpty ? "[]" : joined(list.items).map { "[\($0)]" }
    case let range as NumberRange:
      return "\(SavedSession.number(range.low))..<\(SavedSession.number(range.low + Double(range.count)))"
    case let record as Record: return try fields(record.fields)
    case let table as Table:
      return try fields(table.columnNames.map { ($0, .list(table.column($0) ?? [])) }).map { "table(\($0))" }
    case let tensor as TensorObject: return SavedSession.tensor(tensor.tensor)
    case let task as TaskObject: return task.task.call
    case let objective as ObjectiveObject: return objective.call
    case let function as NativeFunction: return "rls.\(function.builtin.name)"
    case let closure as Closure:
      return session.userNames.first {
        session.globals[$0]?.as(Closure.self) === closure && closure.carriesNothing
      }
    default:
      if let made = written[ObjectIdentifier(object)] { return made }
      let made = try file(object)
      written[ObjectIdentifier(object)] = made
      return made
    }
  }

  /// Writes a file, or a folder, for a value and gives what reads it; nil for a value that none can hold.
  private mutating func file(_ object: Object) throws -> String? {
    switch object {
    case let policy as PolicyObject:
      let file = next("policy")
      try policy.policy.save(to: "\(folder)/\(file)")
      return "load(\(Text.quoted(file)))"
    case let model as ScalarModelObject:
      let file = next("model")
      try model.model.save(to: "\(folder)/\(file)")
      return "load(\(Text.quoted(file)))"
    case let batch as BatchObject:
      guard let text = try? RolloutFile.text(batch.batch) else { return nil }
      let file = next("rollout") + ".jsonl"
      try FileContents.write(text, to: "\(folder)/\(file)", for: "save the session")
      return "load_rollouts(\(Text.quoted(file)))"
    case let run as RunObject:
      let file = next("run")
      do {
        try RunFolder.write(run, to: "\(folder)/\(file)")
      } catch {
        // A learner, or a number of the curve, that no folder can hold.
        Folder.remove("\(folder)/\(file)")
        try Interrupt.check("save")
        return nil
      }
      return "load_run(\(Text.quoted(file)))"
    default: return nil
    }
  }

  private mutating func joined(_ values: [Value]) throws -> String? {
    var parts: [String] = []
    for value in values {
      guard let part = try expression(value) else { return nil }
      parts.append(part)
    }
    return parts.joined(separator: ", ")
  }

  private mutating func fields(_ fields: [(name: String, value: Value)]) throws -> String? {
    var parts: [String] = []
    for field in fields {
      guard let part = try expression(field.value) else { return nil }
      parts.append("\(Text.quoted(field.name)): \(part)")
    }
    return "{\(parts.joined(separator: ", "))}"
  }

  private static func tensor(_ tensor: Tensor) -> String? {
    guard tensor.shape.tokenRows == nil else { return nil }
    let values = "tensor([\(tensor.values.map(number).joined(separator: ", "))])"
    let sizes = tensor.shape.dims.map(String.init).joined(separator: ", ")
    return tensor.shape.rank == 1 ? values : "reshape(\(values), [\(sizes)])"
  }

  private mutating func next(_ kind: String) -> String {
    files += 1
    return "\(kind)-\(files)"
  }
}
