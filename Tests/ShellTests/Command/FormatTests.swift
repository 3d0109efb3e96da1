import Foundation
import Testing

@Suite struct FormatTests {
  @Test func `files are formatted in place and keep their permissions`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x=1\n", to: "a.rls")
    try folder.write("y = 2\n", to: "b.rls")
    chmod(folder.path + "/a.rls", 0o755)
    let check = try ChildProcess.run(["fmt", "--check", "a.rls", "b.rls"], in: folder)
    #expect(check.status == 1 && check.errors == "a.rls is not formatted\n" && check.output.isEmpty)
    #expect(folder.read("a.rls") == "x=1\n")
    let run = try ChildProcess.run(["fmt", "a.rls", "b.rls"], in: folder)
    #expect(run.status == 0 && run.errors.isEmpty && run.output.isEmpty)
    #expect(folder.read("a.rls") == "x = 1\n")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/a.rls")
    #expect(attributes[.posixPermissions] as? Int == 0o755)
    #expect(try ChildProcess.run(["fmt", "--check", "a.rls", "b.rls"], in: folder).status == 0)
  }

  @Test func `standard input goes to standard output`() throws {
    let run = try ChildProcess.run(["fmt", "-"], input: "f( 1 )")
    #expect(run.status == 0 && run.output == "f(1)\n")
  }

  @Test func `a file that does not parse stays, and the others are formatted`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x = (", to: "a.rls")
    try folder.write("y=2", to: "b.rls")
    let run = try ChildProcess.run(["fmt", "a.rls", "b.rls"], in: folder)
    #expect(run.status == 65 && run.errors.contains("a.rls:1:5"))
    #expect(folder.read("a.rls") == "x = (" && folder.read("b.rls") == "y = 2\n")
  }

  @Test func `a file that is missing is named, and help explains`() throws {
    #expect(try ChildProcess.run(["fmt", "none.rls"]).status == 2)
    #expect(try ChildProcess.run(["fmt"]).status == 2)
    let help = try ChildProcess.run(["fmt", "--help"])
    #expect(help.status == 0 && help.output.contains("rls fmt [--check]"))
    #expect(try ChildProcess.run(["--help"]).output.contains("fmt"))
  }
}
