import Glibc

/// A program run by the built `rls`, with its output in memory.
struct ChildProgram {
  let ending: PseudoTerminal.Ending
  let output: String
  let errors: String

  /// Writes `program` to a file beside the files of `folder` and runs it with the paths of these as its
  /// arguments; ends it after `seconds` with SIGKILL.
  static func run(_ program: [UInt8], seconds: Double = 60, folder: [String: String] = [:]) throws -> ChildProgram {
    var template = Array("/tmp/rls-child-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(reason: "no temporary folder") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let names = ["program.rls", "out", "err"] + folder.keys
    defer {
      for name in names { unlink("\(path)/\(name)") }
      rmdir(path)
    }
    try write(program, "\(path)/program.rls")
    for (name, text) in folder { try write(Array(text.utf8), "\(path)/\(name)") }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "\(path)/out", O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "\(path)/err", O_WRONLY | O_CREAT, 0o600)
    let executable = PseudoTerminal.product("rls")
    let arguments = [executable, "\(path)/program.rls"] + folder.keys.map { "\(path)/\($0)" }
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = PseudoTerminal.environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for string in argv + envp { free(string) } }
    var process = pid_t()
    let code = posix_spawn(&process, executable, &actions, nil, argv, envp)
    guard code == 0 else { throw Failure(reason: "cannot start \(executable): errno \(code)") }

    var status: Int32 = 0, waited = 0.0
    while waitpid(process, &status, WNOHANG) == 0 {
      usleep(5000)
      waited += 0.005
      if waited > seconds { kill(process, SIGKILL) }
    }
    let signal = status & 0x7F
    return ChildProgram(
      ending: signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal), output: read("\(path)/out"), errors: read("\(path)/err"))
  }

  /// What kept the program from running.
  struct Failure: Error {
    let reason: String
  }

  private static func write(_ bytes: [UInt8], _ path: String) throws {
    guard let file = fopen(path, "wb") else { throw Failure(reason: "cannot write \(path)") }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure(reason: "cannot write \(path)") }
  }

  private static func read(_ path: String) -> String {
    guard let file = fopen(path, "rb") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
