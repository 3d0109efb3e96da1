import Engine
import Lang

/// Commands that run, show and look.
extension ShellCommands {
  static let work: [ShellCommand] = [
    ShellCommand("who", "", .nothing, "the variables") { _, conversation in
      if conversation.session.userNames.isEmpty { return conversation.host.write("no variables yet\n") }
      try conversation.session.run("show who()", name: ":who", echoes: false)
    },
    ShellCommand("time", "code", .code, "run code, a block too, and time it") { argument, conversation in
      guard !argument.isEmpty else { throw RuntimeError("`:time` needs something to run") }
      let clock = ContinuousClock()
      let budget = conversation.session.runtime.memory
      let before = budget.bytesInUse
      let elapsed = try clock.measure { try conversation.evaluate(argument) }
      let grown = budget.bytesInUse - before
      let memory = grown > 1 << 16 ? ", \(MemoryBudget.readable(grown)) more in use" : ""
      conversation.host.note("\(Printing.duration(elapsed / .seconds(1)))\(memory)")
    },
    ShellCommand("profile", "code", .code, "run code and show where its time goes, by line and by function") {
      argument, conversation in
      guard !argument.isEmpty else { throw RuntimeError("`:profile` needs something to run") }
      try conversation.session.profiling {
        try conversation.evaluate(argument)
      } report: {
        conversation.host.progress(nil)
        conversation.host.show($0.text(conversation.host.layout))
      }
    },
    ShellCommand("wide", "code", .code, "show a value with all its rows and columns; by default the last one")
    {
      argument, conversation in
      try conversation.host.showingEverything {
        try conversation.evaluate(argument.isEmpty ? "ans" : argument)
      }
    },
    ShellCommand("edit", "name", .words, "edit the last input, or a function, in $EDITOR, and run it") {
      argument, conversation in
      let text =
        argument.isEmpty
        ? conversation.inputs.last { !InputReader.isMeta($0.text) }?.text ?? ""
        : try Help.source(argument, conversation.session)
      guard let edited = try conversation.host.edited(text) else {
        return conversation.host.note("nothing was changed")
      }
      guard edited.contains(where: { !$0.isWhitespace }) else { return }
      conversation.remember(edited)
      conversation.host.write(edited + "\n")
      try conversation.evaluate(edited)
    },
    ShellCommand("history", "word", .words, "the inputs of this session with their numbers") {
      argument, conversation in
      let found = conversation.inputs.filter { argument.isEmpty || $0.text.contains(argument) }
      let width = "\(found.last?.number ?? 1)".count
      conversation.host.show(
        found.map { input in
          let indent = String(repeating: " ", count: width + 2)
          return "\(input.number)".rightAligned(to: width) + "  "
            + input.text.split(separator: "\n", omittingEmptySubsequences: false).joined(
              separator: "\n" + indent)
            + "\n"
        }.joined())
    },
    ShellCommand(
      "debug", "frame code", .words, "the calls of the last error; variables of one; code that sees them"
    ) {
      argument, conversation in try debug(argument, conversation)
    },
    ShellCommand("log", "file", .file, "write inputs and output to a file as well; without a file, no more") {
      argument, conversation in
      try conversation.host.log(to: argument.isEmpty ? nil : argument)
      conversation.host.note(argument.isEmpty ? "the log is closed" : "logging to \(argument)")
    },
    ShellCommand("cd", "folder", .file, "go to another folder; without one, to the home folder") {
      argument, conversation in
      let folder = argument.isEmpty ? FileContents.expanded("~") : argument
      guard chdir(folder) == 0 else {
        throw RuntimeError("cannot go to \(folder): \(System.message())")
      }
      guard let here = getcwd(nil, 0) else { return }
      defer { free(here) }
      conversation.host.note(String(cString: here))
    },
  ]

  /// The frames of the last error, or the variables of one, or what code gives that sees them.
  private static func debug(_ argument: String, _ conversation: Conversation) throws {
    guard let failure = conversation.lastFailure, !failure.trace.isEmpty else {
      throw RuntimeError("there is no error to look at", help: "`:debug` follows an error at the prompt")
    }
    let words = argument.split(separator: " ", maxSplits: 1).map(String.init)
    guard let word = words.first else {
      let frames = failure.trace.enumerated().map { number, frame in
        let names = frame.variables.map(\.name).joined(separator: ", ")
        return
          "  \(number)  \(frame.place)\(frame.function.map { " in \($0)" } ?? "")\(names.isEmpty ? "" : ": \(names)")\n"
      }
      return conversation.host.show(
        frames.joined() + "`:debug 0` shows the variables of the innermost call.\n")
    }
    guard let number = Int(word), failure.trace.indices.contains(number) else {
      throw RuntimeError("there is no frame \(word)", help: "the frames are 0 to \(failure.trace.count - 1)")
    }
    let variables = failure.trace[number].variables
    if words.count > 1 { return try conversation.session.run(words[1], name: ":debug", seeing: variables) }
    if variables.isEmpty { return conversation.host.write("no variables of its own\n") }
    for (name, value) in variables {
      conversation.host.write("\(name) = \(Printing.display(value, conversation.host.layout))\n")
    }
  }
}
