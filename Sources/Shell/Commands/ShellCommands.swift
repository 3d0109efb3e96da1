import Engine
import Lang

/// A command of the prompt itself: `:name argument`.
struct ShellCommand: Sendable {
  let name: String
  /// What completion offers after the name.
  enum Argument { case nothing, words, code, file }

  /// What stands after the name, for the list of commands.
  let argument: String
  let takes: Argument
  let summary: String
  let run: @Sendable (_ argument: String, _ repl: REPL) throws -> Void
}

/// The commands of the prompt.
enum ShellCommands {
  static let all: [ShellCommand] = [
    ShellCommand(name: "who", argument: "", takes: .nothing, summary: "the variables") { _, repl in
      if repl.session.userNames.isEmpty { return repl.host.write("no variables yet\n") }
      try repl.session.run("show who()", name: ":who", echoes: false)
    },
    ShellCommand(name: "time", argument: "code", takes: .code, summary: "run code and time it") {
      argument, repl in
      guard !argument.isEmpty else { throw RuntimeError("`:time` needs something to run") }
      let clock = ContinuousClock()
      let budget = repl.session.runtime.memory
      let before = budget.bytesInUse
      let elapsed = try clock.measure { try repl.evaluate(argument) }
      let grown = budget.bytesInUse - before
      let memory = grown > 1 << 16 ? ", \(MemoryBudget.readable(grown)) more in use" : ""
      repl.host.note("\(readable(elapsed / .seconds(1)))\(memory)")
    },
    ShellCommand(
      name: "reset", argument: "", takes: .nothing, summary: "forget all variables and what was tracked"
    ) {
      _, repl in
      let count = repl.session.userNames.count
      repl.remember(":reset")
      repl.session.reset()
      repl.host.note("forgot \(count) variable\(count == 1 ? "" : "s"); `:undo` brings everything back")
    },
    ShellCommand(name: "undo", argument: "", takes: .nothing, summary: "take back the latest change") {
      _, repl in
      while let (input, before) = repl.snapshots.popLast() {
        guard repl.session.differs(from: before, except: "ans") else { continue }
        repl.session.restore(before)
        return repl.host.note("took back: \(REPL.firstLine(input))")
      }
      throw RuntimeError("there is nothing to undo")
    },
    ShellCommand(name: "load", argument: "file", takes: .file, summary: "run a file in this session") {
      argument, repl in
      guard !argument.isEmpty else { throw RuntimeError("`:load` needs a file name") }
      repl.remember(":load \(argument)")
      try repl.session.run(FileContents.text(argument, for: "load"), name: argument, echoes: false)
    },
    ShellCommand(name: "script", argument: "file", takes: .file, summary: "save the inputs that went well") {
      argument, repl in
      guard !argument.isEmpty else { throw RuntimeError("`:script` needs a file name") }
      try FileContents.write(repl.accepted.joined(separator: "\n") + "\n", to: argument, for: ":script")
      repl.host.note("saved \(argument)")
    },
    ShellCommand(name: "help", argument: "", takes: .nothing, summary: "these commands") { _, repl in
      repl.host.write(list)
    },
    ShellCommand(name: "quit", argument: "", takes: .nothing, summary: "leave, as Ctrl-D does") { _, _ in
      throw RuntimeError("quit", kind: .exit)
    },
  ]

  private static var list: String {
    let calls = all.map { (":\($0.name) \($0.argument)", $0.summary) }
    let rows = calls + [("? name", "what a name is"), ("?? name", "how it is written")]
    return rows.map { "  \($0)\(String(repeating: " ", count: max(1, 14 - $0.count)))\($1)\n" }.joined()
  }

  private static func readable(_ seconds: Double) -> String {
    seconds < 1e-3
      ? "\(Printing.number(seconds * 1e6, digits: 3)) us"
      : seconds < 1
        ? "\(Printing.number(seconds * 1e3, digits: 3)) ms" : "\(Printing.number(seconds, digits: 4)) s"
  }

  /// Runs `:name argument`, `? name` or `?? name`.
  static func run(_ text: String, _ repl: REPL) throws {
    let line = trimmed(text)
    if line.hasPrefix("??") { return try showSource(trimmed(line.dropFirst(2)), repl) }
    if line.hasPrefix("?") {
      let name = trimmed(line.dropFirst())
      return repl.host.write(
        name.isEmpty ? Help.overview(repl.session) : try Help.text(name, repl.session) + "\n")
    }
    let words = line.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    let name = words.first.map(String.init) ?? "help"
    guard let command = all.first(where: { $0.name == name }) else {
      let nearest = all.map(\.name).filter { $0.hasPrefix(name) }.first
      throw RuntimeError(
        "there is no command `:\(name)`",
        help: nearest.map { "did you mean `:\($0)`?" } ?? "`:help` lists them")
    }
    let argument = words.count > 1 ? trimmed(words[1]) : ""
    try command.run(command.takes == .file ? FileContents.expanded(argument) : argument, repl)
  }

  private static func showSource(_ name: String, _ repl: REPL) throws {
    if name.isEmpty { return repl.host.write(Help.overview(repl.session)) }
    repl.host.write(try Help.source(name, repl.session) + "\n")
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let front = text.drop(while: \.isWhitespace)
    return String(front.reversed().drop(while: \.isWhitespace).reversed())
  }
}
