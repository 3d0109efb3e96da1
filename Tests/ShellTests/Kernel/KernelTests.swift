import Engine
import Lang
import Testing

@testable import Shell

/// The parts of `rls kernel` that need no ZeroMQ; `scripts/jupyter/check` drives the whole with Jupyter's own client.
@Suite struct KernelTests {
  static let signature = MessageSignature(key: "a0436f6c-1916-498b-8eb9-e81ab9368e84")
  static let parts = [#"{"msg_id":"1"}"#, "{}", "{}", #"{"code":"τ = 1"}"#].map { Array($0.utf8) }

  /// What Python's `hmac` makes of them.
  static let code = "cc7cfe3310c8342635ecf0a0381c44020e5e3da4a6e8a54b19875608717b6574"

  @Test("signatures are those that Python computes") func signaturesAreThoseOfPython() {
    let (signature, parts) = (KernelTests.signature, KernelTests.parts)
    #expect(signature.text(of: parts) == KernelTests.code)
    #expect(signature.isValid(Array(KernelTests.code.utf8), of: parts))
    for wrong in ["", "zz", String(KernelTests.code.dropLast(2)), String(KernelTests.code.reversed())] {
      #expect(!signature.isValid(Array(wrong.utf8), of: parts))
    }
    #expect(!signature.isValid([UInt8](repeating: 0xFF, count: 64), of: parts))
    #expect(!MessageSignature(key: "another").isValid(Array(KernelTests.code.utf8), of: parts))
    let none = MessageSignature(key: "")
    #expect(none.text(of: parts).isEmpty && none.isValid([], of: parts))
  }

  @Test("messages read back as they were sent") func messagesReadBackAsTheyWereSent() throws {
    var message = KernelMessage("stream", ["text": "τ\n"], parent: ["msg_id": "a"], session: "s")
    message.identities = [[1, 2], []]
    let frames = message.frames(KernelTests.signature)
    #expect(try KernelMessage(frames, KernelTests.signature) == message)
    #expect(try KernelMessage(frames + [[0]], KernelTests.signature) == message)
    #expect(message.kind == "stream")
    let other = KernelMessage("stream", [:], parent: [:], session: "s")
    #expect(other.header["msg_id"] != message.header["msg_id"])
  }

  @Test("a message that is cut, changed or no JSON is refused") func wrongMessagesAreRefused() throws {
    let frames = KernelMessage("stream", [:], parent: [:], session: "s").frames(KernelTests.signature)
    var changed = frames
    changed[5] = Array(#"{"text":"other"}"#.utf8)
    for wrong in [[], [[]], Array(frames.dropLast()), changed] {
      #expect(throws: KernelMessage.Problem.self) { try KernelMessage(wrong, KernelTests.signature) }
    }
    changed[5] = Array("{".utf8)
    #expect(throws: KernelMessage.Problem.self) { try KernelMessage(changed, MessageSignature(key: "")) }
  }

  static let connection: [(String, JSON)] = [
    ("transport", "tcp"), ("ip", "127.0.0.1"), ("key", "k"), ("signature_scheme", "hmac-sha256"),
    ("shell_port", 1), ("control_port", 2), ("iopub_port", 3), ("stdin_port", 4), ("hb_port", 5),
  ]

  static func file(_ name: String, _ value: JSON?) throws -> ConnectionFile {
    let fields = connection.compactMap { field in
      (field.0 == name ? value : field.1).map { JSON.Field(name: field.0, value: $0) }
    }
    return try ConnectionFile(.object(fields))
  }

  @Test("a connection file says where to listen, and an error names what is wrong in it")
  func connectionFilesSayWhereToListen() throws {
    #expect(try KernelTests.file("", nil).endpoints[.heartbeat] == "tcp://127.0.0.1:5")
    #expect(try KernelTests.file("transport", "ipc").endpoints[.shell] == "ipc://127.0.0.1-1")
    for (name, value) in [("key", nil), ("ip", 1), ("transport", "udp"), ("hb_port", 70000)]
      as [(String, JSON?)]
    {
      let error = try #require(throws: EngineError.self) { try KernelTests.file(name, value) }
      #expect(error.message.contains("`\(name)`") && error.message.contains(value?.line ?? "nothing"))
    }
    #expect(throws: EngineError.self) { try KernelTests.file("signature_scheme", "hmac-md5") }
  }

  @Test("the kernel is installed where Jupyter looks, and a wrong command line is told")
  func kernelSpecificationsNameTheProgram() throws {
    let folder = try TemporaryFolder()
    let run = try ChildProcess.run(["kernel", "--install", "--prefix", folder.path])
    #expect(run.status == 0)
    let written = try JSON.parse(Array(folder.read("share/jupyter/kernels/rls/kernel.json").utf8))
    guard case .array(let words)? = written["argv"] else {
      throw PseudoTerminal.Failure(reason: "no argv", output: "")
    }
    #expect(words.first?.string?.hasSuffix("/rls") == true)
    #expect(words.dropFirst() == ["kernel", "--connection-file", "{connection_file}"])
    #expect(written["interrupt_mode"] == "message")
    for wrong in [["kernel"], ["kernel", "--install", "-f", "x"], ["kernel", "-f", "x", "--user"]] {
      #expect(try ChildProcess.run(wrong).status == 2)
    }
    let missing = try ChildProcess.run(["kernel", "-f", "/no/such/file"])
    #expect(missing.status == 70 && missing.errors.contains("cannot read /no/such/file"))
  }

  /// A conversation without a notebook.
  static func conversation() -> Conversation {
    let host = TerminalHost(colour: .never)
    return Conversation(Session(host: host), host)
  }

  @Test(
    "an input is complete where Enter would run it",
    arguments: [
      ("1 + 1", #"{"status":"complete"}"#), ("fn f(x) {", #"{"status":"incomplete","indent":"    "}"#),
      ("fn f(x) {\n  x +", #"{"status":"incomplete","indent":"  "}"#),
      ("fn f(x) {\n\n", #"{"status":"invalid"}"#),
      ("1 + )", #"{"status":"invalid"}"#), (":history", #"{"status":"complete"}"#),
      (":time fn f() {", #"{"status":"incomplete","indent":"    "}"#), ("", #"{"status":"complete"}"#),
    ])
  func inputsAreCompleteWhereEnterRunsThem(_ code: String, _ answer: String) {
    let conversation = KernelTests.conversation()
    #expect(conversation.answer("is_complete_request", ["code": .string(code)])?.line == answer)
  }

  @Test("places count Unicode scalars") func placesCountUnicodeScalars() {
    let conversation = KernelTests.conversation()
    let found = conversation.answer("complete_request", ["code": "\"🎲\" + absol", "cursor_pos": 8])
    #expect(found?["cursor_start"] == 6 && found?["cursor_end"] == 8)
    let all = conversation.answer("complete_request", ["code": "roun", "cursor_pos": 999])
    guard case .array(let matches)? = all?["matches"] else { return #expect(Bool(false)) }
    #expect(matches.contains("round"))
  }

  @Test("a table is HTML too, a plot the SVG that is saved") func valuesHaveTheFormsThatNotebooksShow() throws
  {
    let conversation = KernelTests.conversation()
    func forms(_ code: String) throws -> JSON {
      MimeBundle.of(try conversation.value(of: code), Layout())
    }
    #expect(try forms("1 / 4") == ["text/plain": "0.25"])
    let table = try forms(#"table([{n: 1, "a&b": "<i>"}, {n: 2.5}])"#)
    #expect(
      table["text/html"]?.string == """
        <table>
        <thead><tr><th>n</th><th style="text-align: left">a&amp;b</th></tr></thead>
        <tbody>
        <tr><td>1</td><td style="text-align: left">&lt;i&gt;</td></tr>
        <tr><td>2.5</td><td style="text-align: left"></td></tr>
        </tbody>
        </table>
        """)
    let long = try forms("table(map(1..100, i => {n: i}))")
    #expect(
      long["text/html"]?.string?.contains(
        "<td colspan=\"1\" style=\"text-align: center\">... 80 more rows</td>") == true)
    guard case .object(let plot) = try conversation.value(of: "plot([1, 2], draw: false)"),
      let picture = (plot as? PlotObject)?.picture
    else { return #expect(Bool(false)) }
    let drawn = MimeBundle.of(picture, Layout())
    #expect(drawn["image/svg+xml"]?.string == picture.svg)
    #expect(drawn["text/plain"]?.string?.isEmpty == false)
  }

  @Test("the history has inputs by number, by pattern, and each once where that is asked for")
  func historyIsSearched() throws {
    let conversation = KernelTests.conversation()
    for input in ["a = 1;", "b = 2;", "a = 1;"] { try conversation.enter(input) }
    try conversation.enter("c = 3;", isKept: false)
    func history(_ request: JSON) -> String? {
      conversation.answer("history_request", request)?["history"]?.line
    }
    #expect(history(["hist_access_type": "tail", "n": 1]) == #"[[0,3,"a = 1;"]]"#)
    #expect(
      history(["hist_access_type": "range", "start": 1, "stop": 3, "output": true])
        == #"[[0,1,["a = 1;",null]],[0,2,["b = 2;",null]]]"#)
    #expect(history(["hist_access_type": "search", "pattern": "?*2*"]) == #"[[0,2,"b = 2;"]]"#)
    #expect(
      history(["hist_access_type": "search", "pattern": "*", "unique": true])
        == #"[[0,2,"b = 2;"],[0,3,"a = 1;"]]"#)
    #expect(history(["n": -1]) == "[]")
  }

  @Test("errors have names and places") func errorsHaveNamesAndPlaces() throws {
    let conversation = KernelTests.conversation()
    let error = try #require(throws: RuntimeError.self) { try conversation.enter("x = [1]\nx[3]") }
    let fields = JSON.object(KernelHost.fields(of: error))
    #expect(fields["ename"] == "error" && fields["evalue"]?.string == error.message)
    #expect(fields["traceback"]?.line.contains("in[1]:2:") == true)
    let rejection = try #require(throws: Rejection.self) { try conversation.enter("nothing") }
    #expect(JSON.object(KernelHost.fields(of: rejection))["ename"] == "rejection")
    #expect(conversation.reader.name == "in[3]")
  }
}
