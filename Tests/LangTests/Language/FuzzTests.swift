import Engine
import Synchronization
import Testing

@testable import Lang

/// Programs that nobody would write.
///
/// They may fail in any way but one: the process goes on, and every program ends once it is asked to.
///
/// `RLS_FUZZ_SEED` and `RLS_FUZZ_SECONDS` look further than a run of all tests does. A program that ended the
/// process is left in `rls-fuzz-last.rls` in the temporary folder.
@Suite struct FuzzTests {
  /// A whole number in the environment, or what stands for it.
  static func setting(_ name: String, _ standard: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? standard
  }

  @Test func `no program ends the process or goes on after a stop`() async {
    await ChildProcess.report(
      #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        let seed = FuzzTests.setting("RLS_FUZZ_SEED", 2026)
        let seconds = FuzzTests.setting("RLS_FUZZ_SECONDS", 20)
        onDeepStack { Fuzzer.run(seed: UInt64(seed), seconds: seconds) }
      })
  }

  @Test func `the programs are the same for the same seed`() {
    var a = ProgramGenerator(seed: 7)
    var b = ProgramGenerator(seed: 7)
    #expect((0..<20).map { _ in a.program() } == (0..<20).map { _ in b.program() })
  }

  @Test func `most generated programs are grammatical`() {
    var generator = ProgramGenerator(seed: 3)
    let understood = (0..<500).count { _ in
      (try? Parser.parse(
        Source(name: "test", text: generator.program()), commands: BuiltinCatalog.shared.commands)) != nil
    }
    #expect(understood > 400)
  }
}

/// Runs generated and damaged programs one after the other.
enum Fuzzer {
  private static let patience = 300, limit = 8000

  static func run(seed: UInt64, seconds: Int) {
    let runtime = Runtime(memory: 4_000_000_000)
    var generator = ProgramGenerator(seed: seed)
    let corpus = ConformanceTests.files.compactMap {
      try? AnnotatedProgram.programs(inFile: "Tests/Language/\($0)")
    }.joined().map(\.text)
    let started = Atomic<Int>(0)
    let isDone = Atomic<Bool>(false)
    let clock = ContinuousClock()
    let origin = clock.now
    @Sendable func now() -> Int { Int((clock.now - origin) / .milliseconds(1)) }
    let last = "\(temporaryFolder())/rls-fuzz-last.rls"

    let alarm = WorkerThread(stackBytes: 1 << 20) {
      while !isDone.load(ordering: .acquiring) {
        let age = now() - started.load(ordering: .acquiring)
        if age > patience { Interrupt.request() }
        if age > limit {
          fail("this program does not stop when it is asked to; it is in \(last)")
        }
        WorkerThread.pause(milliseconds: 20)
      }
    }
    var count = 0
    while now() < seconds * 1000 {
      let text = count % 3 == 0 && !corpus.isEmpty ? generator.damaged(corpus) : generator.program()
      FileText.write(text, last)
      started.store(now(), ordering: .releasing)
      Interrupt.clear()
      let (session, _) = runtime.run { Session.collecting() }
      do {
        try session.run(text, name: "fuzz", echoes: true)
      } catch let rejection as Rejection {
        for diagnostic in rejection.diagnostics { _ = DiagnosticRendering.text(diagnostic) }
        if rejection.diagnostics.isEmpty {
          fail("rejected for no reason: \(text)")
        }
      } catch {
        _ = RuntimeError(error).text()
      }
      count += 1
    }
    isDone.store(true, ordering: .releasing)
    alarm.join()
    unlink(last)
    if getenv("RLS_FUZZ_SECONDS") != nil { print("\(count) programs") }
    if count < 100 {
      fail("only \(count) programs ran")
    }
  }

  private static func temporaryFolder() -> String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

  /// The program that runs, kept where a crash can be looked into.
  private enum FileText {
    static func write(_ text: String, _ path: String) {
      guard let file = fopen(path, "wb") else { return }
      let bytes = Array(text.utf8)
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
    }
  }
}

/// Writes random programs by the grammar, and damages given ones byte by byte.
struct ProgramGenerator {
  private var state: UInt64
  private static let builtins = BuiltinCatalog.shared.names.filter { !["save", "exit"].contains($0) }
  private static let variables = ["a", "b", "c", "x", "xs", "f", "r"]
  private static let numbers = [
    "0", "1", "2", "3", "-1", "0.5", "7", "300", "1e15", "1e300", "nan", "inf", "-inf", "9007199254740993",
    "-0",
  ]
  private static let texts = ["", "a", "ab\\n", "\\(a)", "é😀", "x", "mean", "t"]

  /// Values of the engine, for half of the programs.
  private static let objects = [
    "task = addition(digits: 1)", "p = policy(task, layers: 1, width: 8, heads: 1)",
    "bt = group_norm(batch(logp: [[-1, -2], [-3]], reward: [1, 0], group: 2, ref: [[-1, -1], [-2]]))",
    "t = table({a: [1, 2, 3], step: [1, none, 2], reward: [0.5, 1, nan]})",
  ]

  /// Something of the kind that a parameter of this name wants, more often than not.
  private mutating func argument(_ name: String, _ depth: Int) -> String {
    if pick(4) == 0 { return expression(depth) }
    switch name {
    case "policy", "ref": return "p"
    case "task": return "task"
    case "batch", "rollout", "logp": return "bt"
    case "table", "data", "curve": return "t"
    case "objective": return one(of: ["sapo()", "grpo()", "(b => mean(b.ratio))", "dapo()"])
    case "f", "function", "condition", "by", "reward":
      return one(of: ["f", "(x => \(expression(depth)))", "((x, y) => x)", "\"a\"", "sum"])
    case "xs", "list", "lists", "items", "values", "tensors", "at", "axes":
      return one(of: ["b", "c", "xs", "r", "1..5", "t", "x"])
    case "text", "separator", "name", "names", "columns", "path", "old", "new", "part", "title", "style":
      return one(of: ["x", "\"a\"", "\"reward\"", "\"\""])
    case "record", "records": return one(of: ["r", "[r, r]", "{}"])
    case "n", "count", "k", "width", "digits", "axis", "steps", "seed", "prompts", "group", "samples":
      return one(of: ["0", "1", "2", "3", "(-1)", "7"])
    default: return expression(depth)
    }
  }

  /// A call of a builtin with as many arguments as it needs, or a few more or fewer.
  private mutating func call(_ depth: Int) -> String {
    let name = one(of: ProgramGenerator.builtins)
    let parameters = BuiltinCatalog.shared.builtin(name)?.signature.parameters ?? []
    var arguments: [String] = []
    for parameter in parameters {
      switch parameter.kind {
      case .required: if pick(12) > 0 { arguments.append(argument(parameter.name, depth)) }
      case .optional:
        if pick(4) == 0 { arguments.append("\(parameter.name): \(argument(parameter.name, depth))") }
      case .rest: for _ in 0..<pick(3) { arguments.append(argument(parameter.name, depth)) }
      case .namedRest: if pick(3) == 0 { arguments.append("extra: \(expression(depth))") }
      }
    }
    return "rls.\(name)(\(arguments.joined(separator: ", ")))"
  }

  private static let signs = Array("()[]{}\"\\#;=|,.:\n0e-+*^@<>".utf8)

  init(seed: UInt64) { state = seed }

  /// The next number below `bound` of SplitMix64.
  private mutating func pick(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(max(1, bound)))
  }

  private mutating func one(of choices: [String]) -> String { choices[pick(choices.count)] }

  /// A program of a few statements.
  mutating func program() -> String {
    var lines = [
      "a = 1", "b = [1, 2, 3]", "c = tensor([[1, 2], [3, 4]])", "x = \"text\"", "xs = []",
      "r = {a: 1, b: [2]}", "f = x => x",
    ]
    if pick(2) == 0 { lines += ProgramGenerator.objects }
    for _ in 0...pick(6) { lines.append(statement(3)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private mutating func block(_ depth: Int) -> String {
    "{\n" + (0...pick(2)).map { _ in statement(depth - 1) }.joined(separator: "\n") + "\n}"
  }

  private mutating func statement(_ depth: Int) -> String {
    let name = one(of: ProgramGenerator.variables)
    guard depth > 0 else { return expression(1) }
    switch pick(18) {
    case 0, 1, 2: return "\(name) = \(expression(depth))"
    case 3: return "\(name) \(one(of: ["+=", "-=", "*=", "/="])) \(expression(depth))"
    case 4: return "\(name)[\(expression(1))] = \(expression(depth))"
    case 5: return "\(name).\(one(of: ["a", "b", "reward"])) = \(expression(depth))"
    case 6: return "for \(name) in \(expression(1)) \(block(depth))"
    case 7: return "while \(expression(2)) \(block(depth))"
    case 8: return "if \(expression(2)) \(block(depth))" + (pick(2) == 0 ? " else \(block(depth))" : "")
    case 9: return "try \(block(depth)) catch e \(block(depth))"
    case 10: return "fn f(x, xs = \(expression(1))) \(block(depth))"
    case 11: return "a, b = \(expression(depth))"
    case 12: return "print \(expression(depth))"
    case 13: return call(depth)
    default: return "\(name) = \(call(depth))"
    }
  }

  private mutating func expression(_ depth: Int) -> String {
    guard depth > 0 else {
      switch pick(5) {
      case 0: return one(of: ProgramGenerator.variables)
      case 1: return "\"\(one(of: ProgramGenerator.texts))\""
      case 2: return one(of: ["true", "false", "none", "[]", "{}", "1..3"])
      default: return "(\(one(of: ProgramGenerator.numbers)))"
      }
    }
    switch pick(16) {
    case 0, 1:
      let operation = one(of: [
        "+", "-", "*", "/", "%", "^", "@", "==", "!=", "<", ">=", "in", "and", "or", "..", "..<",
      ])
      return "(\(expression(depth - 1)) \(operation) \(expression(depth - 1)))"
    case 2: return one(of: ["-", "not "]) + expression(depth - 1)
    case 3: return "[" + (0..<pick(4)).map { _ in expression(depth - 1) }.joined(separator: ", ") + "]"
    case 4: return "{a: \(expression(depth - 1)), reward: \(expression(depth - 1))}"
    case 5: return "\(expression(depth - 1))[\(expression(depth - 1))]"
    case 6: return "\(one(of: ProgramGenerator.variables)).\(one(of: ["a", "shape", "lengths", "logp"]))"
    case 7: return "(x => \(expression(depth - 1)))"
    case 8: return "f(\(expression(depth - 1)))"
    case 9:
      return "(if \(expression(depth - 1)) { \(expression(depth - 1)) } else { \(expression(depth - 1)) })"
    case 10: return "\"t \\(\(one(of: ProgramGenerator.variables)))\""
    case 11: return "(sweep a in \(expression(0)) { \(expression(depth - 1)) })"
    default:
      return call(depth - 1)
    }
  }

  /// One of the programs with bytes changed, left out, doubled, or with a part of another one inside.
  mutating func damaged(_ corpus: [String]) -> String {
    var bytes = Array(corpus[pick(corpus.count)].utf8)
    for _ in 0...pick(6) where !bytes.isEmpty {
      let place = pick(bytes.count)
      switch pick(6) {
      case 0: bytes[place] = UInt8(pick(256))
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(ProgramGenerator.signs[pick(ProgramGenerator.signs.count)], at: place)
      case 3: bytes.replaceSubrange(place..<min(bytes.count, place + pick(12)), with: [])
      case 4:
        let other = Array(corpus[pick(corpus.count)].utf8)
        let start = pick(other.count)
        bytes.insert(contentsOf: other[start..<min(other.count, start + pick(40))], at: place)
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + pick(20))], at: place)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
