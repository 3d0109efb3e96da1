import Testing

@testable import Shell

@Suite struct PseudoTerminalTests {
  @Test func `a program sees a terminal of the given size and its ending is reported`() throws {
    let shell = try PseudoTerminal(
      "/bin/sh", ["-c", "test -t 0 && test -t 1 && stty size; exit 7"], columns: 61, rows: 17)
    try shell.expect("17 61")
    #expect(try shell.waitForEnd() == .exit(7))
  }

  @Test func `what is typed arrives and control-c is a signal`() throws {
    let shell = try PseudoTerminal("/bin/sh", ["-c", "read line; echo got $line; exec sleep 30"])
    try shell.send("hello\n")
    try shell.expect("got hello")
    try shell.control("c")
    #expect(try shell.waitForEnd() == .signal(SIGINT))
  }

  @Test func `a resize reaches the program`() throws {
    let script = "trap 'stty size' WINCH; echo ready; while true; do sleep 0.05; done"
    let shell = try PseudoTerminal("/bin/sh", ["-c", script])
    try shell.expect("ready")
    shell.resize(columns: 33, rows: 9)
    try shell.expect("9 33")
  }

  @Test func `what does not appear is an error with the output in it`() throws {
    let shell = try PseudoTerminal("/bin/sh", ["-c", "echo something else"])
    let failure = #expect(throws: PseudoTerminal.Failure.self) { try shell.expect("wanted", within: 2) }
    #expect(failure?.output.contains("something else") == true)
  }

  @Test func `the shell is built beside the tests`() {
    #expect(access(PseudoTerminal.product("rls"), X_OK) == 0)
  }

  @Test func `escape sequences are taken out of a transcript`() {
    #expect(PseudoTerminal.plain("\u{1B}[?2004h\u{1B}[1mrls>\u{1B}[0m x\r\n\u{1B}]0;t\u{07}y") == "rls> x\ny")
  }
}
