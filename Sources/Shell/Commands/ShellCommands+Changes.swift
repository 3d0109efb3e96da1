import Engine
import Lang

/// Commands that change the session as a whole, and keep it.
extension ShellCommands {
  static let changes: [ShellCommand] = [
    ShellCommand("undo", "", .nothing, "take back the latest change") { _, conversation in
      guard let input = conversation.changes.undo(conversation.session) else {
        throw RuntimeError("there is nothing to undo")
      }
      conversation.host.note("took back: \(Conversation.firstLine(input))")
    },
    ShellCommand("redo", "", .nothing, "do again what was undone last") { _, conversation in
      guard let input = conversation.changes.redo(conversation.session) else {
        throw RuntimeError("there is nothing to redo")
      }
      conversation.host.note("did again: \(Conversation.firstLine(input))")
    },
    ShellCommand("fork", "name", .words, "go on under a new name; `:switch` comes back to what was before") {
      name, conversation in
      if name.isEmpty {
        let names = conversation.changes.names.map {
          $0 == conversation.changes.branch ? "* \($0)\n" : "  \($0)\n"
        }
        return conversation.host.write(names.joined())
      }
      let before = conversation.changes.branch
      guard conversation.changes.fork(name, conversation.session) else {
        throw RuntimeError("there is a branch `\(name)` already", help: "`:switch \(name)` goes to it")
      }
      conversation.host.note("on `\(name)`; `:switch \(before)` goes back")
    },
    ShellCommand("switch", "name", .words, "go to another branch of the session") { name, conversation in
      guard conversation.changes.change(to: name, conversation.session) else {
        throw RuntimeError(
          "there is no branch `\(name)`",
          help: "there are \(conversation.changes.names.joined(separator: ", "))")
      }
      conversation.host.note("on `\(name)`")
    },
    ShellCommand("reset", "", .nothing, "forget all variables and what was tracked") { _, conversation in
      let count = conversation.session.userNames.count
      conversation.changes.begin(":reset", conversation.session)
      conversation.session.reset()
      conversation.host.note(
        "forgot \(count) variable\(count == 1 ? "" : "s"); `:undo` brings everything back")
    },
    ShellCommand("load", "file", .file, "run a file in this session") { argument, conversation in
      guard !argument.isEmpty else { throw RuntimeError("`:load` needs a file name") }
      conversation.changes.begin(":load \(argument)", conversation.session)
      try conversation.session.run(FileContents.text(argument, for: "load"), name: argument, echoes: false)
      conversation.changes.accept("include \(Text.quoted(argument))")
    },
    ShellCommand("script", "file", .file, "save the inputs that went well, as a program") {
      argument, conversation in
      guard !argument.isEmpty else { throw RuntimeError("`:script` needs a file name") }
      try FileContents.write(
        conversation.changes.accepted.joined(separator: "\n") + "\n", to: argument, for: ":script")
      conversation.host.note("saved \(argument)")
    },
    ShellCommand("save", "folder", .file, "save all variables, policies included, for `:restore`") {
      argument, conversation in
      guard !argument.isEmpty else { throw RuntimeError("`:save` needs the name of a new folder") }
      let left = try SavedSession.write(conversation.session, to: argument)
      let names = left.isEmpty ? "" : "; left out: \(left.joined(separator: ", "))"
      conversation.host.note("saved \(argument)\(names)")
    },
    ShellCommand("restore", "folder", .file, "take up a saved session") { argument, conversation in
      guard !argument.isEmpty else { throw RuntimeError("`:restore` needs a folder") }
      conversation.changes.begin(":restore \(argument)", conversation.session)
      try SavedSession.restore(argument, into: conversation.session)
      conversation.host.note("restored \(argument)")
    },
  ]
}
