import Foundation
import Testing

/// The short form of `scripts/fuzz/fuzz.py`; that of its programs is `FuzzTests`.
@Suite(.serialized) struct FuzzScriptTests {
  private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(arguments: [("bytes", 12), ("files", 8), ("signals", 4), ("keys", 2)])
  func `hostile input gets an answer`(_ kind: String, _ tries: Int) throws {
    guard let python = FuzzScriptTests.python else { return print("skipped: there is no python3") }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    let scratch = try TemporaryFolder()
    let script = Process()
    script.executableURL = URL(fileURLWithPath: python)
    script.arguments = ["\(root)/scripts/fuzz/fuzz.py", kind, "\(tries)", "1"]
    script.environment = PseudoTerminal.environment.merging(
      ["RLS": PseudoTerminal.product("rls"), "TMPDIR": scratch.path, "PYTHONDONTWRITEBYTECODE": "1"]
    ) { $1 }
    script.standardOutput = try scratch.openForWriting("output")
    script.standardError = try scratch.openForWriting("errors")
    try script.run()
    script.waitUntilExit()
    #expect(script.terminationStatus == 0, "\(scratch.read("output"))\(scratch.read("errors"))")
  }
}
