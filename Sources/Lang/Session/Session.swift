// Session: a running shell and its host. `Session` reads and runs what is entered; `SavedSession` keeps its variables;
// `MemoryGuard` stops a program before the memory is full.

import Engine
import Synchronization

/// A running shell: its variables, its builtins, and the interpreter that runs what is entered.
public final class Session: @unchecked Sendable {
  /// The version of rls, which a run keeps.
  public static let version = "0.1"
  /// The place of this process among others that run the same program now; nil where it is alone.
  public var share: WorkShare?
  /// What is run now, or was run last: a script, or what was entered.
  private(set) var program: Source?
  /// Whoever runs the session: where its output goes, for as long as it lives.
  public let host: any Host
  /// The session's variables.
  public let globals = Globals()
  /// The files it has imported.
  let modules = Modules()
  /// What every session has from the start.
  public let catalog = BuiltinCatalog.shared
  /// The threads and the memory that its programs run with.
  public let runtime: Runtime
  /// The arguments of the script, as `args` holds them.
  public let arguments: [String]
  private let memoryGuard: MemoryGuard
  /// What `track` records at top level.
  let recorder: Recorder
  /// Variables that are there from the start: the script's arguments, and what an error left of a run or a sweep.
  private let predefined: [String: Value]
  /// What is done with the value of a statement at top level.
  public var onEcho: (Value) -> Void = { _ in }
  /// How things are shown.
  public var settings = Settings() {
    didSet { host.apply(settings) }
  }
  /// The plot drawn last, for `save "file.svg"`.
  public var lastPlot: PlotObject?
  /// Whether the program that runs drew it.
  var hasDrawn = false
  /// Runs what is entered.
  public private(set) lazy var interpreter = Interpreter(self, recorder: recorder)

  /// Sets up what all sessions share, so that the first one starts sooner; on any thread.
  ///
  /// Throws when the part of the library that is written in the language does not parse.
  public static func prepare() throws(Rejection) {
    try Library.check()
    _ = BuiltinCatalog.shared
  }

  /// Reads what a session has to know of the machine and the process, before the process may open nothing any more.
  public static func lookAround() {
    _ = Runtime.current
    MemoryBudget.prepare()
  }

  /// Starts a session for `host`.
  public init(host: any Host, arguments: [String] = [], runtime: Runtime = .current) {
    self.host = host
    self.runtime = runtime
    memoryGuard = MemoryGuard(runtime.memory)
    self.arguments = arguments
    self.recorder = Recorder(host: host)
    predefined = ["args": .list(arguments.map { .text($0) }), "partial": .none]
    for (name, value) in predefined { _ = globals.declare(name, initial: value) }
  }

  // MARK: Running

  /// Reads, resolves and runs program text; with `echoes`, the values of its statements are handed to `onEcho`.
  public func run(_ text: String, name: String, echoes: Bool) throws {
    try run(read(text, name: name), echoes: echoes)
  }

  /// Resolves and runs program text that has been read.
  public func run(_ reading: Reading, echoes: Bool) throws {
    let prototype = try compile(reading, echoes: echoes)
    if interpreter.depth == 0 { (program, hasDrawn) = (reading.source, false) }
    defer { if interpreter.depth == 0 { globals.slots.releaseRetired() } }
    do {
      _ = try runtime.run { try memoryGuard.watch { try interpreter.run(prototype) } }
    } catch let error as RuntimeError {
      keepPartial(of: error)
      throw error
    }
  }

  /// Does `body` and records where the time of the programs goes that it runs; what it throws is thrown after `report`.
  public func profiling(_ body: () throws -> Void, report: (Profile) -> Void) rethrows {
    let profile = Profile()
    interpreter.profile = profile
    defer {
      interpreter.profile = nil
      profile.stop()
      report(profile)
    }
    try body()
  }

  /// Runs program text that sees these variables too; afterwards the session's own are as they were.
  public func run(
    _ text: String, name: String, seeing variables: [(name: String, value: Value)]
  ) throws {
    let before = variables.map { ($0.name, isVariable($0.name) ? globals[$0.name] : nil) }
    for (name, value) in variables { set(name, value) }
    defer {
      for (name, value) in before {
        drop(name)
        if let value { set(name, value) }
      }
    }
    try run(text, name: name, echoes: true)
  }

  /// Puts what an error left of a run or a sweep into the variable `partial`.
  func keepPartial(of error: RuntimeError) {
    if !error.partial.isNone { set("partial", error.partial) }
  }

  /// Reads and resolves program text without running it.
  public func check(_ text: String, name: String) throws {
    // Names are resolved in a session of their own, so that checking defines nothing here.
    let other = Session(host: host, arguments: arguments, runtime: runtime)
    _ = try other.compile(read(text, name: name), echoes: false)
  }

  /// Reads program text; errors will call it `name`.
  public func read(_ text: String, name: String) -> Reading {
    Reading(Source(name: name, text: text), commands: catalog.commands)
  }

  private func compile(_ reading: Reading, echoes: Bool) throws -> Prototype {
    // A variable `rls` hides the builtins' own name for as long as it has a value.
    globals.forget("rls")
    let statements = try Program.whole(reading, commands: catalog.commands)
    let modules = try modules.importedBy(statements, of: reading.source, self)
    return try compile(statements, globals, modules: modules, echoes: echoes)
  }

  /// Resolves and compiles statements whose names at top level are in `globals`.
  func compile(
    _ statements: [Statement], _ globals: Globals, modules: [ObjectIdentifier: Module] = [:],
    isLibrary: Bool = false, echoes: Bool = false
  ) throws -> Prototype {
    let surroundings = Resolver.Surroundings(
      globals: globals, builtin: catalog.position, builtinNames: catalog.names, builtinValue: catalog.value,
      isLibrary: isLibrary)
    let context = Compiler.Context(
      scopes: try Resolver.resolve(statements, surroundings), globals: globals, modules: modules,
      isLibrary: isLibrary, builtin: catalog.position,
      builtinValue: catalog.value,
      sweep: .object(RunBuiltins.sweepFunction), echoes: echoes)
    return try Compiler.compile(statements, context)
  }

  /// Shows the value of a statement; cells of a sweep show theirs without touching the session.
  func echo(_ value: Value, from recorder: Recorder) {
    if !recorder.isWorker { return onEcho(value) }
    if !value.isNone { host.display(value) }
  }

  // MARK: The script's options

  private let flags = Mutex<Set<String>>([])

  /// Remembers that the script knows an option.
  func noteFlag(_ name: String) { flags.withLock { _ = $0.insert(name) } }

  /// What to say of options that were given to a script which reads others; empty where all were read.
  public var unreadFlags: [String] {
    let read = flags.withLock { $0 }
    if read.isEmpty { return [] }
    let given = arguments.filter { $0.hasPrefix("--") }.map { $0.dropFirst(2).prefix { $0 != "=" } }
    return given.map(String.init).filter { !$0.isEmpty && !read.contains($0) }.map { name in
      let nearest = Suggestion.nearest(to: name, among: read).map { ": did you mean `--\($0)`?" }
      return "nothing reads `--\(name)`" + (nearest ?? "")
    }
  }

  // MARK: The library written in the language

  private let libraryFunctions = Mutex<[String: Closure]>([:])

  /// A function of the library that is written in the language, compiled when it is first used.
  func library(_ name: String) throws -> Value {
    if let closure = libraryFunctions.withLock({ $0[name] }) { return .object(closure) }
    guard let function = Library.functions[name] else { throw RuntimeError("the library has no `\(name)`") }
    let program = [
      Statement(
        .expression(Expression(.function(function), function.span, depth: 1), silenced: true), function.span)
    ]
    let prototype = try compile(program, globals, isLibrary: true)
    guard let compiled = prototype.prototypes.first else {
      throw RuntimeError("the library's `\(name)` is no function")
    }
    let closure = Closure(compiled)
    libraryFunctions.withLock { $0[name] = closure }
    return .object(closure)
  }

  // MARK: Names

  /// The names the user has given values to, in order of their first use.
  public var userNames: [String] { globals.names.filter(isVariable) }

  /// Whether the user has given a name a value.
  func isVariable(_ name: String) -> Bool {
    guard let value = globals[name] else { return false }
    return !Value.same(value, initialValue(of: name))
  }

  /// Sets a variable.
  public func set(_ name: String, _ value: Value) {
    guard let slot = globals.declare(name, initial: .missing) else { return }
    globals.slots.assign(slot, value)
  }

  /// Forgets a variable; a builtin of the same name is visible again.
  @discardableResult
  public func drop(_ name: String) -> Bool {
    guard let slot = globals.slot(of: name), !globals.slots.values[slot].isMissing else { return false }
    globals.slots.assign(slot, initialValue(of: name))
    return true
  }

  /// What a name stands for before anything is assigned to it.
  private func initialValue(of name: String) -> Value {
    predefined[name] ?? catalog.position(name).map(catalog.value) ?? .missing
  }
}
