import Testing

@testable import Shell

@Suite struct HistoryTests {
  @Test func `inputs come back in the next session, a block as one entry`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/deep/er/history"
    let first = History(path: path)
    first.append("x = 1")
    first.append("for i in 1..3 {\n    print \"\\(i)\t\u{1F600}\"\n}\n")

    let second = History(path: path)
    #expect(second.entries == ["x = 1", "for i in 1..3 {\n    print \"\\(i)\t\u{1F600}\"\n}"])
    #expect(folder.read("deep/er/history").split(separator: "\n").count == 2)
  }

  @Test func `the file is private and so is its folder`() throws {
    let folder = try TemporaryFolder()
    History(path: folder.path + "/state/history").append("secret")
    var status = stat()
    #expect(stat(folder.path + "/state/history", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(stat(folder.path + "/state", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
  }

  @Test func `repetitions, blanks and inputs behind a space are left out`() {
    let history = History(path: nil)
    #expect(history.append("a"))
    #expect(!history.append("a"))
    #expect(!history.append("a\n"))
    #expect(!history.append(" password = 1"))
    #expect(!history.append("\n"))
    #expect(!history.append(""))
    #expect(history.append("b"))
    #expect(history.append("a"))
    #expect(history.entries == ["a", "b", "a"])
  }

  @Test func `two sessions side by side keep each other's inputs`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/history"
    let one = History(path: path)
    let two = History(path: path)
    one.append("a")
    two.append("b")
    one.append("c")
    #expect(History(path: path).entries == ["a", "b", "c"])
  }

  @Test func `only the last five thousand entries are read`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/history"
    try folder.write((0..<6000).map { "\"\($0)\"\n" }.joined(), to: "history")
    let entries = History(path: path).entries
    #expect(entries.count == 5000)
    #expect(entries.first == "1000")
    #expect(entries.last == "5999")
  }

  @Test func `a broken line costs only itself`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/history"
    // A session was killed in the middle of its last entry.
    try folder.write("\"a\"\nnot json\n\"b\\q\"\n\"c\"\n\"half a li", to: "history")
    #expect(History(path: path).entries == ["a", "c"])
    History(path: path).append("d")
    #expect(History(path: path).entries == ["a", "c", "d"])
  }

  @Test(arguments: ["/proc/nowhere/history", "/dev/null/x/history", "/tmp"])
  func `a place that cannot be written is no error`(path: String) {
    let history = History(path: path)
    #expect(history.append("kept"))
    #expect(history.entries == ["kept"])
  }

  @Test func `the file is where the XDG folders say`() {
    #expect(History.defaultPath { ["XDG_STATE_HOME": "/s", "HOME": "/h"][$0] } == "/s/rls/history")
    #expect(
      History.defaultPath { ["XDG_STATE_HOME": "s", "HOME": "/h"][$0] } == "/h/.local/state/rls/history")
    #expect(History.defaultPath { ["HOME": "/h"][$0] } == "/h/.local/state/rls/history")
    #expect(History.defaultPath { _ in nil } == nil)
  }

  // Lines as other programs write them, and lines that are no JSON strings (RFC 8259).
  @Test(
    arguments: [
      ("\"\\ud83d\\ude00\"", ["😀"]), ("\"\\/\\b\\f\"", ["/\u{8}\u{C}"]), ("\"\"", [""]),
      ("\"\\ud83d\"", []), ("\"\\u12\"", []), ("\"open", []), ("1", []), ("", []), ("\"\t\"", []),
    ] as [(String, [String])])
  func `an entry is read as JSON`(line: String, entries: [String]) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/history"
    try folder.write(line + "\n", to: "history")
    #expect(History(path: path).entries == entries)
  }
}
