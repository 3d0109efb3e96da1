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
