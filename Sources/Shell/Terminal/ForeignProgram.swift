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
    return try shell(["-c", line, "sh", argument]).wait()
  }

  private static func shell(
    _ arguments: [String], _ files: [Int32: Child.File] = [:], leadsGroup: Bool = false
  ) throws -> Child {
    do throws(Child.ErrorNumber) {
      return try Child("/bin/sh", arguments, files, leadsGroup: leadsGroup)
    } catch {
      throw RuntimeError("cannot start /bin/sh: \(error.message)")
    }
  }

  /// What `body` makes of a file of its own that holds `text`, which is gone afterwards.
  private static func withFile<Result>(
    _ text: String, ending: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let folder = System.variable("TMPDIR") ?? "/tmp"
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
    let pipe = try Pipe()
    let output = Child.File.descriptor(pipe.writing)
    let child = try shell(
      ["-c", line],
      [STDIN_FILENO: .path("/dev/null", O_RDONLY), STDOUT_FILENO: output, STDERR_FILENO: output],
      leadsGroup: true)
    pipe.closeWriting()
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if Interrupt.isRequested { kill(-child.process, SIGKILL) }
      var ready = pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 100) > 0 else { continue }
      let count = chunk.withUnsafeMutableBytes { readBytes(pipe.reading, $0.baseAddress, $0.count) }
      if count <= 0 { break }
      write(String(decoding: chunk[..<count], as: UTF8.self))
    }
    let status = child.wait()
    try Interrupt.check("!")
    return status
  }
}
