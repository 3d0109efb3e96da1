import Foundation
import Testing

@testable import Shell

/// What comes in and goes out when the other side does not play along.
@Suite struct StreamTests {
  @Test func `results that cannot be written end the program with an error`() throws {
    for program in ["print 1", "for i in 1..100000 { print i }", "save 1, \"x.json\"\nprint 2"] {
      let child = try ChildProcess.run(["-e", program], limits: "exec > /dev/full")
      #expect(child.status == 74, "\(child.ending)")
      #expect(
        child.errors.contains("cannot write standard output: no space left on device"), "\(child.errors)")
    }
  }

  @Test func `an output that is full for the moment is waited for`() throws {
    let script = "for i in 1..20000 { print i }"
    let folder = try TemporaryFolder()
    try folder.write(script, to: "count.rls")
    let piped = try ChildProcess.run(
      ["count.rls"], in: folder,
      limits:
        "rls=$0; (bash -c 'exec perl -e \"use Fcntl; fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK); exec @ARGV\" \"$0\" count.rls' \"$rls\") | (sleep 0.3; wc -l) > lines; exit 0"
    )
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(folder.read("lines").contains("20000"), "\(folder.read("lines"))")
  }

  @Test func `standard input and files without an end are refused at the size of the largest program`() throws
  {
    for (arguments, limits) in [(["-"], "exec < /dev/zero"), (["/dev/zero"], "true")] {
      let child = try ChildProcess.run(arguments, limits: "ulimit -v 4000000; \(limits)", within: 30)
      #expect(child.status == 2, "\(child.ending)")
      #expect(child.errors.contains("is larger than 16.8 MB"), "\(child.errors)")
    }
  }

  @Test func `a pipe that nobody writes to can be interrupted`() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    for read in ["read_text", "read_csv", "dataset", "read_json"] {
      let child = try ChildProcess.run(
        ["-e", "print \"up\"\n\(read)(\"pipe\")"], in: folder, interruptAfter: "up", within: 20)
      #expect(child.status == 130, "\(read): \(child.ending) \(child.errors)")
    }
  }

  @Test func `a save follows links, keeps permissions, and replaces nothing but files`() throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "file")
    #expect(chmod("\(folder.path)/file", 0o600) == 0)
    #expect(symlink("file", "\(folder.path)/link") == 0)
    #expect(symlink("nowhere", "\(folder.path)/dangling") == 0)
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    func save(_ name: String) throws -> ChildProcess {
      try ChildProcess.run(["-e", "save \"new\", \"\(name)\""], in: folder)
    }
    #expect(try save("link").status == 0)
    #expect(folder.read("file") == "new")
    var status = stat()
    #expect(lstat("\(folder.path)/file", &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(lstat("\(folder.path)/link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    for (name, message) in [
      ("pipe", "is no regular file"), ("dangling", "is a link to a file that does not exist"),
      (".", "is a folder"), ("", "the name is empty"),
      ("evil\\u{0}.csv", "a character of code 0"),
    ] {
      let child = try save(name)
      #expect(child.status == 70 && child.errors.contains(message), "\(name): \(child.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/evil"))
  }

  @Test func `a file that may not grow is an error and no signal`() throws {
    let folder = try TemporaryFolder()
    let child = try ChildProcess.run(
      ["-e", "save repeat(\"x\", 1000000), \"a.txt\""], in: folder, limits: "ulimit -f 100")
    #expect(child.status == 70 && child.errors.contains("file too large"), "\(child.ending) \(child.errors)")
  }
}
