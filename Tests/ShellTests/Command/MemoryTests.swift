import Testing

/// Programs that take more memory than there are addresses for.
@Suite struct MemoryTests {
  @Test(arguments: [
    "x = []\nwhile true { x = push(x, [1]) }", "x = []\nwhile true { x = push(x, 1) }", "x = ones(3e8)",
    "x = []\nwhile true { x = push(x, ones(1e6)) }",
  ]) func `where addresses are scarce, running out is an error and no signal`(program: String) throws {
    let child = try ChildProcess.run(
      ["-e", program], environment: ["SWIFT_BACKTRACE": "enable=no"], limits: "ulimit -v 600000", within: 300)
    #expect(child.status == 70, "\(child.ending) \(child.errors.prefix(300))")
  }
}
