@testable import Shell

/// `rls` at a terminal, with a home folder of its own.
struct Prompt {
  let terminal: PseudoTerminal
  let home: TemporaryFolder

  /// Starts `rls` and waits for its prompt.
  ///
  /// On a `dumb` terminal readline writes what is typed and nothing else, so that answers compare exactly.
  init(
    _ arguments: [String] = [], home: TemporaryFolder? = nil, environment: [String: String] = [:],
    columns: Int = 200, rows: Int = 24
  ) throws {
    let folder = try home ?? TemporaryFolder()
    self.home = folder
    terminal = try PseudoTerminal(
      PseudoTerminal.product("rls"), arguments,
      environment: ["HOME": folder.path, "TMPDIR": folder.path].merging(environment) { $1 }, columns: columns,
      rows: rows)
    greeting = try terminal.expect("rls> ", within: 60)
  }

  /// What stood before the first prompt.
  let greeting: String

  /// Types one line and gives what is shown until the next prompt.
  @discardableResult
  func enter(_ line: String, within seconds: Double = 60) throws -> String {
    try terminal.send(line + "\n")
    try terminal.expect(line + "\n", within: 60)
    return try terminal.expect("rls> ", within: seconds)
  }

  /// Types lines that leave a block open, each at the prompt that asks for more.
  func open(_ lines: String...) throws {
    for line in lines {
      try terminal.send(line + "\n")
      try terminal.expect("...> ")
    }
  }

  /// Types a line, waits until it has shown `text`, and for `seconds` more.
  func begin(_ line: String, until text: String, thenFor seconds: Double) throws {
    try terminal.send(line + "\n")
    try terminal.expect(line + "\n", within: 60)
    try terminal.expect(text, within: 60)
    usleep(UInt32(seconds * 1e6))
  }

  /// Presses Ctrl-C and gives what is shown until the prompt is back, and how long that took, in seconds.
  func interrupt() throws -> (shown: String, seconds: Double) {
    let start = ContinuousClock.now
    try terminal.control("c")
    let shown = try terminal.expect("rls> ", within: 60)
    return (shown, (ContinuousClock.now - start) / .seconds(1))
  }

  /// Presses Ctrl-D and gives how the process ends.
  func leave() throws -> PseudoTerminal.Ending {
    try terminal.control("d")
    return try terminal.waitForEnd()
  }
}
