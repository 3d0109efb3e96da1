import ArgumentParser
import Engine
import Lang

/// `rls kernel`: runs the cells of a notebook, or makes Jupyter know that it can.
struct ServeNotebook: ShellProgram {
  static let configuration = CommandConfiguration(
    commandName: "kernel", abstract: "Run the cells of a notebook, as a kernel of Jupyter.",
    usage: """
      rls kernel --install [--user | --prefix <folder>]
      rls kernel --connection-file <file>
      """,
    discussion:
      "After `rls kernel --install`, notebooks offer `rls`. Jupyter itself gives the connection file.")

  @Flag(help: "Make the kernel known to Jupyter, for this user alone unless a prefix is given.")
  var install = false

  @Flag(help: "With --install: for this user alone.")
  var user = false

  @Option(
    help: ArgumentHelp(
      "With --install: for all who use this folder, such as an environment of Python.", valueName: "folder"))
  var prefix: String?

  @Option(
    name: [.customShort("f"), .customLong("connection-file")],
    help: ArgumentHelp("Where to listen, in a file that Jupyter writes.", valueName: "file"))
  var connectionFile: String?

  func validate() throws {
    guard install != (connectionFile != nil) else {
      throw ValidationError("expected either --install or --connection-file")
    }
    guard install || (!user && prefix == nil), !user || prefix == nil else {
      throw ValidationError("--user or --prefix goes with --install, one of them")
    }
  }

  func execute() -> ExitStatus {
    let host = TerminalHost(colour: .auto)
    do {
      try Session.prepare()
      guard let connectionFile else { return try install(host) }
      return try Kernel(ConnectionFile(path: connectionFile)).run()
    } catch {
      return ScriptRunner.status(of: error, host)
    }
  }

  private func install(_ host: TerminalHost) throws -> ExitStatus {
    guard let program = Platform.executable else {
      throw RuntimeError("the system does not say where rls is")
    }
    let folder =
      prefix.map { $0 + "/share/jupyter" }
      ?? KernelSpecification.userFolder(System.variable)
    host.write("installed \(try KernelSpecification(program: program).install(in: folder))\n")
    if !MessageContext.isAvailable {
      host.note(
        "the kernel needs ZeroMQ's library, libzmq, which is not on this machine; \(MessageContext.remedy)")
    }
    return .success
  }
}
