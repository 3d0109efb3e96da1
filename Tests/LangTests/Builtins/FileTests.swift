import Testing

@testable import Engine
@testable import Lang

@Suite struct FileTests {
  private func table(_ csv: String, separator: UInt8 = UInt8(ascii: ","), texts: [String] = []) throws
    -> Table
  {
    try CSV.table(Array(csv.utf8), name: "runs.csv", separator: separator, texts: texts)
  }

  private func message(_ body: () throws -> Table) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? EngineError)?.message
    }
  }

  @Test func `columns are numbers, truth values or texts`() throws {
    let table = try table("\u{FEFF}n,flag,name,empty\r\n1,true,x,\r\n,false,2,\r\n-1e3,,,\r\n")
    #expect(table.names == ["n", "flag", "name", "empty"])
    #expect(
      try JSONText.text(.object(table)) == """
        [{"n":1,"flag":true,"name":"x","empty":null},{"n":null,"flag":false,"name":"2","empty":null},\
        {"n":-1000,"flag":null,"name":"","empty":null}]
        """)
  }

  @Test func `quotes hold separators, newlines and quotes`() throws {
    let table = try table("a,b\n\"x, \"\"y\"\"\",\"1\n2\"\n")
    #expect(table.column("a")?.first?.asText == "x, \"y\"")
    #expect(table.column("b")?.first?.asText == "1\n2")
  }

  @Test func `another separator, texts kept as texts, no newline at the end`() throws {
    let table = try table("id\tx\n007\t1", separator: 9, texts: ["id"])
    #expect(table.column("id")?.first?.asText == "007")
    #expect(table.column("x")?.first?.asNumber == 1)
  }

  @Test func `malformed files are named with their line`() {
    #expect(
      message { try table("a,b\n\"1\n1\",2\n3\n") } == "runs.csv:4: 1 cell, expected 2 as in the first line")
    #expect(message { try table("a,b\n1,\"2\n") } == "runs.csv:2: a quote is not closed")
    #expect(message { try table("") } == "runs.csv is empty, expected a line with the names of columns")
    #expect(message { try table("a,a\n1,2\n") } == "runs.csv:1: the column \"a\" occurs twice")
    #expect(message { try table("a\n1\n", texts: ["b"]) } == "runs.csv has no column \"b\"")
  }

  @Test func `a table comes back from its text as it was`() throws {
    let values: [Value] = [
      .number(0.1), .number(1.0 / 3), .number(1e300), .number(-5e-324), .none, .number(.infinity),
    ]
    let names: [Value] = ["plain", "a,b", "say \"x\"", "two\nlines", " spaced ", ""].map { .text($0) }
    let table = try Table([("x", values), ("name, quoted", names)])
    let again = try self.table(CSV.text(table))
    #expect(again.names == table.names)
    for (column, other) in zip(table.columns, again.columns) {
      for (value, back) in zip(column, other) { #expect(Value.same(value, back)) }
    }
    let single = try Table([("x", [.none, .number(1)])])
    #expect(try self.table(CSV.text(single)).column("x")?.count == 2)
  }

  @Test func `any value has a JSON text`() throws {
    #expect(
      try JSONText.text(.numbers([0.1, 1e21, 1.0 / 3, -0.0, .nan, .infinity]))
        == "[0.1,1e+21,0.3333333333333333,-0.0,null,null]")
    #expect(try JSONText.text(.text("a\"\\\n\u{1}é")) == "\"a\\\"\\\\\\n\\u0001é\"")
    #expect(try Session.shown("json(tensor([[1, 2], [3]]))") == "\"[[1,2],[3]]\"")
    #expect(try Session.shown("json(zeros(2, 0))") == "\"[[],[]]\"")
    #expect(
      try Session.shown("json({r: 1..3, t: table({a: [1, none]})})")
        == Text.quoted("{\"r\":[1,2,3],\"t\":[{\"a\":1},{\"a\":null}]}"))
  }

  @Test func `JSON is read and its mistakes are placed`() throws {
    #expect(
      try Session.shown("from_json(\"[1, true, null, {\\\"a\\\": \\\"x\\\"}]\")")
        == "[1, true, none, {a: \"x\"}]")
    #expect(
      Session.message("from_json(\"[1,\\n 2,]\")") == "from_json: the text:2:4: expected a value, got ']'")
    let lines = Array("{\"a\": 1}\n\n{\"a\": 2, \"b\": 3}\n".utf8)
    #expect(
      try JSONText.text(.object(JSONText.table(lines, name: "x.jsonl", operation: "read_jsonl")))
        == "[{\"a\":1,\"b\":null},{\"a\":2,\"b\":3}]")
    #expect(
      message { try JSONText.table(Array("{}\n[1]\n".utf8), name: "x.jsonl", operation: "read_jsonl") }
        == "x.jsonl:2: expected an object, got a list")
    #expect(
      message { try JSONText.table(Array("{}\n{\"a\" 1}\n".utf8), name: "x.jsonl", operation: "read_jsonl") }
        == "x.jsonl:2:6: expected ':', got '1'")
  }

  @Test func `files are read as they were written`() throws {
    var template = Array("/tmp/rls-files-XXXXXX".utf8CString)
    let folder = try #require(
      template.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
      })
    defer {
      for name in ["t.csv", "t.jsonl", "t.json"] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    for name in ["t.csv", "t.jsonl"] {
      let reader = name == "t.csv" ? "read_csv" : "read_jsonl"
      let program = """
        t = table({a: [0.1, 2], b: ["x", "y, z"]})
        save t, "\(folder)/\(name)"
        json(\(reader)("\(folder)/\(name)")) == json(t)
        """
      #expect(try Session.shown(program) == "true")
    }
    #expect(
      try Session.shown("save {a: [1, none]}, \"\(folder)/t.json\"\nread_json(\"\(folder)/t.json\")")
        == "{a: [1, none]}")
  }

  @Test func `a file that is missing is named`() {
    for name in ["read_csv", "read_json", "read_jsonl"] {
      #expect(
        Session.message("\(name)(\"/no/such/file\")")?.hasPrefix("\(name): cannot read /no/such/file") == true
      )
    }
  }

  @Test func `files are appended to, listed and removed, one at a time`() throws {
    let folder = try StoreFolder()
    let (session, host) = Session.collecting()
    session.set("folder", .text(folder.path))
    func shown(_ program: String) throws -> String? {
      try session.run(program, name: "test", echoes: true)
      return host.output.last?.trimmingNewlines()
    }
    #expect(try shown("exists(folder + \"/a/b\")") == "false")
    #expect(try shown("make_folder(folder + \"/a/b\")\nexists(folder + \"/a/b\")") == "true")
    _ = try shown("append \"one\", folder + \"/a/log\"\nappend \"two\", folder + \"/a/log\"")
    #expect(try folder.text("a/log") == "one\ntwo\n")
    _ = try shown(
      "append {a: 1}, folder + \"/a/l.jsonl\"\nappend table({a: [2, 3]}), folder + \"/a/l.jsonl\"")
    #expect(try folder.text("a/l.jsonl") == "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n")
    #expect(try shown("files(folder + \"/a\")") == "[\"b/\", \"l.jsonl\", \"log\"]")
    _ = try shown("remove(folder + \"/a/log\")\nremove(folder + \"/a/b\")")
    #expect(try shown("files(folder + \"/a\")") == "[\"l.jsonl\"]")
    for (program, message) in [
      ("remove(folder + \"/a\")", "not empty"), ("remove(folder + \"/none\")", "no such file"),
      ("append [1], folder + \"/a/log\"", "is appended to a .jsonl file"),
      ("append \"x\", folder + \"/none/log\"", "no such file"), ("files(folder + \"/none\")", "no such file"),
    ] {
      do {
        _ = try shown(program)
        Issue.record("\(program) ran")
      } catch { #expect(RuntimeError(error).message.contains(message), "\(RuntimeError(error).message)") }
    }
  }
}
