// Commands: the commands that begin with a colon, and `?`, for the prompt and for notebooks.

import Engine
import Lang

/// A command of the prompt itself: `:name argument`.
struct ShellCommand: Sendable {
  /// What completion offers after the name.
  enum Argument { case nothing, words, code, file }

  let name: String
  /// What stands after the name, for the list of commands.
  let argument: String
  let takes: Argument
  let summary: String
  let run: @Sendable (_ argument: String, _ conversation: Conversation) throws -> Void

  init(
    _ name: String, _ argument: String = "", _ takes: Argument = .nothing, _ summary: String,
    run: @escaping @Sendable (_ argument: String, _ conversation: Conversation) throws -> Void
  ) {
    self.name = name
    self.argument = argument
    self.takes = takes
    self.summary = summary
    self.run = run
  }
}

/// The commands of the prompt.
enum ShellCommands {
  static let all: [ShellCommand] =
    work + changes + [
      ShellCommand("help", "name", .words, "these commands, or one of them") { argument, conversation in
        guard let command = argument.isEmpty ? nil : command(argument) else {
          return conversation.host.show(list)
        }
        conversation.host.write(text(command) + "\n")
      },
      ShellCommand("quit", "", .nothing, "leave, as Ctrl-D does") { _, _ in
        throw RuntimeError("quit", kind: .exit)
      },
    ]

  /// The command of that name, with or without its colon.
  static func command(_ name: String) -> ShellCommand? {
    let name = name.hasPrefix(":") ? String(name.dropFirst()) : name
    return all.first { $0.name == name }
  }

  private static func text(_ command: ShellCommand) -> String {
    ":\(command.name) \(command.argument)\n  \(command.summary)"
  }

  private static var list: String {
    let calls = all.map { (":\($0.name) \($0.argument)", $0.summary) }
    let rows =
      calls + [
        ("? name", "what a name, a field, a sign or a command is"), ("? word*", "what has to do with a word"),
        ("?? name", "how it is written"), ("!command", "runs a line of the system's shell"),
      ]
    return rows.map { "  \($0.padded(to: 15)) \($1)\n" }.joined()
  }

  /// Runs `:name argument`, `? name`, `?? name` or `!command`.
  static func run(_ text: String, _ conversation: Conversation) throws {
    let line = trimmed(text)
    if line.hasPrefix("!") {
      let status = try conversation.host.run(String(line.dropFirst()))
      if status != 0 { conversation.host.note("exit code \(status)") }
    } else if line.hasPrefix("??") {
      let name = trimmed(line.dropFirst(2))
      conversation.host.show(
        name.isEmpty
          ? Help.overview(conversation.session) : try Help.source(name, conversation.session) + "\n")
    } else if line.hasPrefix("?") {
      try help(trimmed(line.dropFirst()), conversation)
    } else {
      let (name, argument) = parts(line)
      guard let command = command(name) else {
        let nearest = all.map(\.name).filter { $0.hasPrefix(name) }.first
        throw RuntimeError(
          "there is no command `:\(name)`",
          help: nearest.map { "did you mean `:\($0)`?" } ?? "`:help` lists them")
      }
      try command.run(command.takes == .file ? FileContents.expanded(argument) : argument, conversation)
    }
  }

  private static func help(_ name: String, _ conversation: Conversation) throws {
    if name.isEmpty { return conversation.host.show(Help.overview(conversation.session)) }
    if name.hasPrefix(":"), let command = command(name) {
      return conversation.host.write(text(command) + "\n")
    }
    conversation.host.show(try Help.text(name, conversation.session) + "\n")
  }

  /// The name and the argument of `:name argument`; the program text of a command that takes some, else nil.
  static func code(in text: String) -> String? {
    let (name, argument) = parts(trimmed(text))
    return command(name)?.takes == .code ? argument : nil
  }

  private static func parts(_ line: String) -> (name: String, argument: String) {
    let rest = line.dropFirst()
    let name = rest.prefix { !$0.isWhitespace }
    return (name.isEmpty ? "help" : String(name), trimmed(rest.dropFirst(name.count)))
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let front = text.drop(while: \.isWhitespace)
    return String(front.reversed().drop(while: \.isWhitespace).reversed())
  }
}
