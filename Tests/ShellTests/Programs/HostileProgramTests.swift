import Foundation
import Testing

/// Input that means no good, run by the executable as a user would: it may be refused or fail, with a message
/// that says why, but no input ends the process by a signal.
@Suite(.serialized) struct HostileProgramTests {
  /// A program, how it has to end, and what its message has to say.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let exit: Int32
    let message: String
    let program: @Sendable () -> [UInt8]

    var testDescription: String { name }

    init(
      _ name: String, _ exit: Int32, _ message: String,
      _ program: @autoclosure @escaping @Sendable () -> String
    ) {
      self.init(name, exit, message, bytes: { Array(program().utf8) })
    }

    init(_ name: String, _ exit: Int32, _ message: String, bytes: @escaping @Sendable () -> [UInt8]) {
      self.name = name
      self.exit = exit
      self.message = message
      self.program = bytes
    }
  }

  private static func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

  /// Ten thousand of something around something else.
  private static func nested(_ open: String, _ inner: String, _ close: String, _ depth: Int = 10_000)
    -> String
  {
    many(open, depth) + inner + many(close, depth)
  }

  static let nesting: [Case] = [
    Case("parentheses", 65, "nested more than 1000 deep", "x = " + nested("(", "1", ")")),
    Case("brackets", 65, "nested more than 1000 deep", "x = " + nested("[", "1", "]")),
    Case("records", 65, "nested more than 1000 deep", "x = " + nested("{a: ", "1", "}")),
    Case("a million open parentheses", 65, "nested more than 1000 deep", many("(", 1_000_000)),
    Case("not", 65, "nested more than 1000 deep", "x = " + nested("not ", "true", "")),
    Case("minus", 65, "nested more than 1000 deep", "x = " + nested("-", "1", "")),
    Case("powers", 65, "nested more than 1000 deep", "x = " + nested("2^", "1", "")),
    Case("functions", 65, "nested more than 1000 deep", "f = " + nested("x => ", "1", "")),
    Case("if", 65, "nested more than 1000 deep", nested("if true {\n", "1\n", "}\n")),
    Case(
      "else if", 65, "nested more than 1000 deep", "if false { 0 } " + many("else if false { 0 } ", 10_000)),
    Case("try", 65, "nested more than 1000 deep", nested("try { ", "1", " } catch { }")),
    Case("fields", 65, "more than 1000 nested parts", "x = {}\ny = x" + many(".a", 10_000)),
    Case("calls", 65, "more than 1000 nested parts", "f = 1\ny = f" + many("()", 10_000)),
    Case("pipes", 65, "more than 1000 nested parts", "y = 1" + many(" | sqrt", 10_000)),
    Case("places", 65, "steps inside a value", "x = {}\nx" + many(".a", 10_000) + " = 1"),
    Case(
      "sums in blocks in sums", 65, "more than 1000 nested parts",
      "x = " + nested("(if true { ", "1", " })" + many(" + 1", 900), 3)),
    Case("a sum of a million terms", 65, "more than 1000 nested parts", "x = 1" + many("+1", 1_000_000)),
    Case("texts in texts", 65, "nested too deep", "x = " + nested("\"\\(", "1", ")\"", 600)),
    Case(
      "a list nested a million deep", 70, "nested more than 10000 deep", "x = []\nfor i in 1..1e6 { x = [x] }"
    ),
    Case(
      "a record nested a million deep", 70, "nested more than 10000 deep",
      "x = {}\nfor i in 1..1e6 { x = {a: x} }"),
    Case(
      "functions around functions", 70, "nested more than 10000 deep",
      "fn w(g) = () => g()\nf = () => 1\nfor i in 1..1e6 { f = w(f) }"),
    Case(
      "a chain of a million variables", 0, "",
      "fn link(n) {\n  c = none\n  f = () => c\n  c = [n]\n  f\n}\nx = none\nfor i in 1..1e6 { x = link(x) }\nx = none"
    ),
    Case(
      "a value whose parts are shared", 70, "more than 33554432 parts",
      "x = [1, 1]\nfor i in 1..60 { x = [x, x] }\nprint x"),
    Case(
      "sharing below the limit", 0, "",
      "x = [1, 1]\nfor i in 1..20 { x = [x, x] }\nprint x\nprint text(x)\ny = who()"),
  ]

  static let recursion: [Case] = [
    Case("direct", 70, "more than 100000 deep", "fn f(n) = 1 + f(n + 1)\nf(0)"),
    Case("mutual", 70, "more than 100000 deep", "fn f(n) = g(n)\nfn g(n) = f(n)\nf(0)"),
    Case(
      "many variables", 70, "stack is full",
      "fn f(n) {\n" + (0..<200).map { "a\($0) = n\n" }.joined() + "f(n + 1)\n}\nf(0)"),
    Case("map", 70, "through builtins more than 400 deep", "fn f(n) = map([n], f)\nf(0)"),
    Case("a sort key", 70, "through builtins more than 400 deep", "fn f(n) = sort([1, 2], by: f)\nf(0)"),
    Case("gradients", 70, "through builtins more than 400 deep", "fn f(x) = grad(f, x)\nf(1)"),
    Case("slopes", 70, "through builtins more than 400 deep", "fn f(x) = deriv(f)(x)\nf(1)"),
    Case("sweeps", 0, "", "fn f(n) { sweep a in [1] { f(a) } }\nx = f(0)"),
    Case("parallel sweeps", 0, "", "fn f(n) { sweep a in [1, 2] { f(a) } }\nx = f(0)"),
    Case("a default", 70, "more than 100000 deep", "fn f(x = f()) = x\nf()"),
    Case(
      "rewards", 70, "",
      "t = addition()\np = policy(t, width: 16, heads: 2)\nfn f(c) = mean(rollout(p, t, prompts: 1, group: 1, reward: f).reward)\nf(\"\")"
    ),
  ]

  static let sizes: [Case] = [
    "zeros(1e12)", "zeros(1e300)", "zeros(1e9, 1e9, 1e9)", "zeros(-1)", "zeros(0.5)", "zeros(nan)",
    "ones(inf)",
    "policy(addition(), width: 1e9)", "policy(addition(), layers: 1e9)", "policy(1e15)",
    "policy(8, width: 0)",
    "linspace(0, 1, 1e15)", "to_list(range(0, 1e15))", "range(0, 1e15, 0.5)", "repeat(0, 1e15)",
    "repeat(\"abc\", 1e15)",
    "1..1e300", "to_list(1..1e15)", "map(1..1e15, x => x)", "tensor(1..1e13)", "eye(1e10)", "rand(1e12)",
    "randn(1e300)",
    "pad_left(\"a\", 1e15)", "format(1, digits: 1e9)", "addition(digits: 1e9)", "countdown(numbers: 1e9)",
    "rollout(policy(addition()), addition(), prompts: 1e15)",
    "rollout(policy(addition()), addition(), group: 1e15)",
    "rollout(policy(addition()), addition(), max_tokens: 1e15)",
    "sft(policy(addition()), addition(), batch: 1e15)",
    "evaluate(policy(addition()), addition(), samples: 1e15)", "reshape([1, 2], 1e300)", "sum([1], 1e15)",
    "minibatches(batch(logp: [[-1]]), 1e15)", "batch(logp: [[-1]], group: 1e15)", "draw([1], 1e15)",
    "pass_at(1e15, 5, 2)",
    "s = \"abcdefgh\"\nfor i in 1..60 { s = s + s }",
    "s = \"abcdefgh\"\nfor i in 1..60 { s = \"\\(s)\\(s)\" }",
    "s = [1]\nfor i in 1..60 { s = concat(s, s) }", "s = repeat(\"a\", 1e7)\nt = replace(s, \"a\", s)",
    "t = join(repeat([\"\"], 1e6), repeat(\"a\", 1e6))", "from_json(repeat(\"[\", 1e6))",
  ].map { program in Case(program, 70, "", program) }

  static let files: [Case] = [
    Case("a task file that is missing", 70, "there is no such file", "dataset(\"no-such-file.jsonl\")"),
    Case("a table that is missing", 70, "there is no such file", "read_csv(\"no-such-file.csv\")"),
    Case("a task file that is a folder", 70, "is a folder", "dataset(\"/tmp\")"),
    Case("an include that is missing", 65, "there is no such file", "include \"no-such-file.rls\""),
    Case("an include that is a folder", 65, "is a folder", "include \"/tmp\""),
    Case("an include of itself", 65, "includes itself", "include \"program.rls\""),
    Case("an include of itself by another path", 65, "includes itself", "include \"./program.rls\""),
    Case("an import of itself", 65, "cannot import itself", "import \"program.rls\" as m"),
    Case("an import in a block", 65, "at top level alone", "if true { import \"x.rls\" as m }"),
    Case("an import without a name", 65, "write `import", "import \"x.rls\""),
    Case("an include in a block", 65, "at top level alone", "if true { include \"x.rls\" }"),
  ]

  static let bytes: [Case] = [
    Case("nothing", 0, "", ""),
    Case("a NUL byte", 65, "unexpected character", bytes: { Array("x = 1\u{0}\nprint x\n".utf8) }),
    Case(
      "bytes that are not UTF-8 in a text", 0, "",
      bytes: { Array("x = \"".utf8) + [0xFF, 0xFE] + Array("\"\n".utf8) }),
    Case(
      "bytes that are not UTF-8 elsewhere", 65, "expected",
      bytes: { Array("x = 3 ".utf8) + [0xC3, 0x28, 0xFF] + Array(" = 3\n".utf8) }),
    Case("all bytes", 65, "", bytes: { (0...255).map { UInt8($0) } + (0...255).map { UInt8(255 - $0) } }),
    Case(
      "garbage", 65, "",
      bytes: { (0..<200_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) } }),
    Case("lines that end with CR LF", 0, "", "x = 1\r\nif x == 1 {\r\n  print \"a\"\r\n}\r\n"),
    Case("a line of ten megabytes", 0, "", "x = \"" + many("a", 10_000_000) + "\"\nexpect len(x) == 1e7"),
    Case(
      "a wrong line of ten megabytes", 65, "expected the end of the line", "x = " + many("1 1 ", 2_500_000)),
    Case("ten megabytes of signs", 65, "expected an expression", many("=", 10_000_000)),
    Case("ten megabytes of unknown names", 65, "unknown name", (0..<900_000).map { "n\($0)\n" }.joined()),
    Case("ten megabytes of statements", 0, "", many("x = 1\n", 1_700_000)),
    Case("a list literal without end", 65, "too large for one piece", "x = [" + many("1,", 100_000) + "]"),
    Case("a record literal without end", 65, "", "x = {" + (0..<100_000).map { "a\($0): 1," }.joined() + "}"),
    Case("a source of twenty megabytes", 2, "is larger than 16.8 MB", many("# 345678\n", 2_300_000)),
    Case("an escape sequence", 65, "unexpected character", "x = \u{1B}[2J"),
  ]

  static let all = nesting + recursion + sizes + files + bytes

  @Test(arguments: all) func `hostile input gets an answer and the process goes on`(hostile: Case) throws {
    let child = try ChildProgram.run(hostile.program())
    #expect(child.ending == .exit(hostile.exit), "\(child.errors.prefix(2000))")
    if !hostile.message.isEmpty {
      #expect(child.errors.contains(hostile.message), "\(child.errors.prefix(2000))")
    }
    if hostile.exit != 0 { #expect(child.errors.hasPrefix("error: "), "\(child.errors.prefix(200))") }
    #expect(!child.errors.contains("\u{1B}"))
  }

  /// Files of a task that are not as they should be.
  @Test(arguments: [
    "", "\n\n", "not json\n", "{\"question\": \"1+1\"\n", "[1, 2]\n", "{\"question\": 1, \"answer\": [2]}\n",
    "{\"q\": \"1+1\", \"a\": \"2\"}\n",
    "{\"question\": \"1+1\", \"answer\": \"2\"}\n{\"question\": \"2+2\"}\n", "\u{0}\u{1}\u{2}", "{}\n",
    "null\n",
  ]) func `a task file that is empty or malformed is refused with its name`(text: String) throws {
    let program = "t = dataset(args[0])\nprint t\n"
    let child = try ChildProgram.run(Array(program.utf8), folder: ["task.jsonl": text])
    #expect(child.ending == .exit(70), "\(child.output) \(child.errors)")
    #expect(child.errors.contains("dataset"), "\(child.errors)")
    #expect(child.errors.contains("task.jsonl"), "\(child.errors)")
  }

  @Test func `a failed expectation ends a script with 1 and an error with 70`() throws {
    #expect(try ChildProgram.run(Array("expect 1 == 2".utf8)).ending == .exit(1))
    #expect(try ChildProgram.run(Array("error(\"x\")".utf8)).ending == .exit(70))
    #expect(try ChildProgram.run(Array("exit(7)".utf8)).ending == .exit(7))
    #expect(try ChildProgram.run(Array("x = 1 +* 2".utf8)).ending == .exit(65))
  }

  @Test func `a first line that names the interpreter is left out`() throws {
    let child = try ChildProgram.run(Array("#!/usr/bin/env rls\nprint 1\n".utf8))
    #expect(child.ending == .exit(0) && child.output == "1\n")
  }

  @Test func `an import is found beside its file, in the working folder, and in the folders of RLS_PATH`()
    throws
  {
    let folder = try TemporaryFolder()
    for name in ["here", "lib"] { mkdir("\(folder.path)/\(name)", 0o755) }
    for (name, text) in [
      "here/m.rls": "x = 1",
      "here/main.rls":
        "import \"m.rls\" as m\nimport \"n.rls\" as n\nimport \"o.rls\" as o\nprint m.x, n.x, o.x",
      "m.rls": "x = 2", "n.rls": "x = 3", "lib/n.rls": "x = 4", "lib/o.rls": "x = 5",
    ] {
      try folder.write(text + "\n", to: name)
    }
    let child = try ChildProcess.run(["here/main.rls"], environment: ["RLS_PATH": "/nowhere:lib"], in: folder)
    #expect(child.output == "1 3 5\n", "\(child.errors)")
  }
}
