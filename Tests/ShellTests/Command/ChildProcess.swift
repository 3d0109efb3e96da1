import Foundation

/// A run of `rls` without a terminal: what it wrote, and how it ended.
struct ChildProcess {
  let ending: PseudoTerminal.Ending
  let output: String
  let errors: String

  /// The exit code, or nil where a signal ended it.
  var status: Int32? { if case .exit(let code) = ending { code } else { nil } }

  /// What is done with a process that has not ended in time.
  enum Lateness {
    /// It is ended with SIGKILL, and that is how the run ended.
    case ends
    /// It is ended, and the test fails.
    case fails
  }

  /// Runs `rls` with `arguments` in `folder`, `input` on its standard input.
  ///
  /// With `interruptAfter`, the process gets SIGINT, or `signal`, once that text has appeared on its standard output or
  /// error. `limits` are commands of the shell that go before, such as `ulimit -v 2000000`.
  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:],
    in folder: TemporaryFolder? = nil, interruptAfter: String? = nil, signal: Int32 = SIGINT,
    limits: String? = nil, within seconds: Double = 60, late: Lateness = .fails
  ) throws -> ChildProcess {
    let scratch = try TemporaryFolder()
    try scratch.write(input, to: "input")
    let process = Process()
    let rls = PseudoTerminal.product("rls")
    process.executableURL = URL(fileURLWithPath: limits == nil ? rls : "/bin/bash")
    process.arguments = (limits.map { ["-c", "\($0); exec \"$0\" \"$@\"", rls] } ?? []) + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: (folder ?? scratch).path)
    process.environment = PseudoTerminal.environment.merging(["HOME": scratch.path]) { $1 }
      .merging(environment) { $1 }
    let (output, errors) = (try scratch.openForWriting("output"), try scratch.openForWriting("errors"))
    process.standardInput = FileHandle(forReadingAtPath: scratch.path + "/input")
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let deadline = Date().addingTimeInterval(seconds)
    var hasInterrupted = false
    while process.isRunning, Date() < deadline {
      if let interruptAfter, !hasInterrupted,
        (scratch.read("output") + scratch.read("errors")).contains(interruptAfter)
      {
        hasInterrupted = true
        kill(process.processIdentifier, signal)
      }
      usleep(2000)
    }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      if case .fails = late {
        throw PseudoTerminal.Failure(
          reason: "rls \(arguments) did not end within \(seconds) s",
          output: scratch.read("output") + scratch.read("errors"))
      }
    }
    process.waitUntilExit()
    let status = process.terminationStatus
    return ChildProcess(
      ending: process.terminationReason == .exit ? .exit(status) : .signal(status),
      output: scratch.read("output"), errors: scratch.read("errors"))
  }
}

/// A program run by the built `rls`.
enum ChildProgram {
  /// Writes `program` to a file beside the files of `folder` and runs it with the paths of these as its
  /// arguments; ends it after `seconds` with SIGKILL.
  static func run(_ program: [UInt8], seconds: Double = 60, folder: [String: String] = [:]) throws
    -> ChildProcess
  {
    let scratch = try TemporaryFolder()
    try Data(program).write(to: URL(fileURLWithPath: "\(scratch.path)/program.rls"))
    for (name, text) in folder { try scratch.write(text, to: name) }
    let paths = (["program.rls"] + folder.keys).map { "\(scratch.path)/\($0)" }
    return try ChildProcess.run(paths, in: scratch, within: seconds, late: .ends)
  }
}

/// A folder that lasts as long as this value.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("\(NSTemporaryDirectory())/rls-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw PseudoTerminal.Failure(reason: "no temporary folder: errno \(errno)", output: "")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  /// The text of a file, empty where there is none.
  func read(_ name: String) -> String {
    FileManager.default.contents(atPath: "\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  func openForWriting(_ name: String) throws -> FileHandle {
    try write("", to: name)
    guard let handle = FileHandle(forWritingAtPath: "\(path)/\(name)") else {
      throw PseudoTerminal.Failure(reason: "cannot write \(path)/\(name)", output: "")
    }
    return handle
  }
}
