import Engine
import Lang

/// Commands that change the session as a whole, and keep it.
extension ShellCommands {
  static let changes: [ShellCommand] = [
    ShellCommand("undo", "", .nothing, "take back the latest change") { _, repl in
      guard let input = repl.changes.undo(repl.session) else {
        throw RuntimeError("there is nothing to undo")
      }
      repl.host.note("took back: \(REPL.firstLine(input))")
    },
    ShellCommand("redo", "", .nothing, "do again what was undone last") { _, repl in
      guard let input = repl.changes.redo(repl.session) else {
        throw RuntimeError("there is nothing to redo")
      }
      repl.host.note("did again: \(REPL.firstLine(input))")
    },
    ShellCommand("fork", "name", .words, "go on under a new name; `:switch` comes back to what was before") {
      name, repl in
      if name.isEmpty {
        let names = repl.changes.names.map { $0 == repl.changes.branch ? "* \($0)\n" : "  \($0)\n" }
        return repl.host.write(names.joined())
      }
      let before = repl.changes.branch
      guard repl.changes.fork(name, repl.session) else {
        throw RuntimeError("there is a branch `\(name)` already", help: "`:switch \(name)` goes to it")
      }
      repl.host.note("on `\(name)`; `:switch \(before)` goes back")
    },
    ShellCommand("switch", "name", .words, "go to another branch of the session") { name, repl in
      guard repl.changes.change(to: name, repl.session) else {
        throw RuntimeError(
          "there is no branch `\(name)`", help: "there are \(repl.changes.names.joined(separator: ", "))")
      }
      repl.host.note("on `\(name)`")
    },
    ShellCommand("reset", "", .nothing, "forget all variables and what was tracked") { _, repl in
      let count = repl.session.userNames.count
      repl.changes.begin(":reset", repl.session)
      repl.session.reset()
      repl.host.note("forgot \(count) variable\(count == 1 ? "" : "s"); `:undo` brings everything back")
    },
    ShellCommand("load", "file", .file, "run a file in this session") { argument, repl in
      guard !argument.isEmpty else { throw RuntimeError("`:load` needs a file name") }
      repl.changes.begin(":load \(argument)", repl.session)
      try repl.session.run(FileContents.text(argument, for: "load"), name: argument, echoes: false)
      repl.changes.accept("include \(Text.quoted(argument))")
    },
    ShellCommand("script", "file", .file, "save the inputs that went well, as a program") { argument, repl in
      guard !argument.isEmpty else { throw RuntimeError("`:script` needs a file name") }
      try FileContents.write(
        repl.changes.accepted.joined(separator: "\n") + "\n", to: argument, for: ":script")
      repl.host.note("saved \(argument)")
    },
    ShellCommand("save", "folder", .file, "save all variables, policies included, for `:restore`") {
      argument, repl in
      guard !argument.isEmpty else { throw RuntimeError("`:save` needs the name of a new folder") }
      let left = try SavedSession.write(repl.session, to: argument)
      let names = left.isEmpty ? "" : "; left out: \(left.joined(separator: ", "))"
      repl.host.note("saved \(argument)\(names)")
    },
    ShellCommand("restore", "folder", .file, "take up a saved session") { argument, repl in
      guard !argument.isEmpty else { throw RuntimeError("`:restore` needs a folder") }
      repl.changes.begin(":restore \(argument)", repl.session)
      try SavedSession.restore(argument, into: repl.session)
      repl.host.note("restored \(argument)")
    },
  ]
}
