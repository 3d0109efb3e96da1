import CReadline
import Engine
import Lang

/// Another program that has the terminal for a while: the system's shell, an editor, a pager.
enum ForeignProgram {
  /// Runs a line of the system's shell, in which `$1` is `argument`; gives its exit code, 128 and more for a signal.
  @discardableResult
  static func run(_ line: String, _ argument: String = "") throws -> Int32 {
    crl_lend_terminal(1)
    defer {
      crl_lend_terminal(0)
      Interrupt.clear()
    }
    var process = pid_t()
    var arguments = ["sh", "-c", line, "sh", argument].map { (text: String) in strdup(text) } + [nil]
    defer { for text in arguments { free(text) } }
    let code = posix_spawn(&process, "/bin/sh", nil, nil, &arguments, environ)
    guard code == 0 else { throw RuntimeError("cannot start /bin/sh: \(String(cString: strerror(code)))") }
    return exitCode(of: process)
  }

  /// Waits for a process to end; its exit code, 128 and more for a signal.
  private static func exitCode(of process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }

  /// What `body` makes of a file of its own that holds `text`, which is gone afterwards.
  private static func withFile<Result>(
    _ text: String, ending: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    let path = "\(folder)/rls-\(name)\(ending)"
    try FileContents.write(text, to: path, for: "write a file for another program")
    defer { unlink(path) }
    return try body(path)
  }

  /// The text that the user makes of `text` in `$VISUAL`, `$EDITOR` or vi; nil where the editor fails.
  static func edited(_ text: String) throws -> String? {
    try withFile(text, ending: ".rls") { path in
      let status = try run("eval \"${VISUAL:-${EDITOR:-vi}} \\\"\\$1\\\"\"", path)
      guard status == 0 else { return nil }
      var edited = try FileContents.text(path, for: "edit")
      while edited.last?.isNewline == true { edited.removeLast() }
      return edited
    }
  }

  /// Shows `text` in `$PAGER` or less; false where that cannot be had.
  static func page(_ text: String) -> Bool {
    let status = try? withFile(text, ending: ".txt") { path in
      // Wide rows are not broken, a text of one screen stays on it.
      try run("export LESS=\"${LESS--FRSX}\"; eval \"${PAGER:-less} < \\\"\\$1\\\"\"", path)
    }
    return status == 0
  }
}

extension ForeignProgram {
  /// Runs a line of the system's shell without a terminal, and gives its exit code.
  ///
  /// `write` gets what it writes, as it comes. An interrupt ends it.
  static func run(_ line: String, writingTo write: (String) -> Void) throws -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw RuntimeError("no pipe: \(String(cString: strerror(errno)))") }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = Platform.spawnActions
    var attributes = Platform.spawnAttributes
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    // A group of its own, so that what it starts ends with it.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var process = pid_t()
    var arguments = ["sh", "-c", line].map { (text: String) in strdup(text) } + [nil]
    defer { for text in arguments { free(text) } }
    let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, environ)
    close(ends[1])
    guard code == 0 else { throw RuntimeError("cannot start /bin/sh: \(String(cString: strerror(code)))") }
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if Interrupt.isRequested { kill(-process, SIGKILL) }
      var ready = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 100) > 0 else { continue }
      let count = chunk.withUnsafeMutableBytes { readBytes(ends[0], $0.baseAddress, $0.count) }
      if count <= 0 { break }
      write(String(decoding: chunk[..<count], as: UTF8.self))
    }
    let status = exitCode(of: process)
    try Interrupt.check("!")
    return status
  }
}
