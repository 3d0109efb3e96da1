import ArgumentParser
import CReadline
import Engine
import Lang

/// What a command line asks for.
protocol ShellProgram: ParsableCommand, Sendable {
  /// Gives up, on the thread that runs everything else, what the program must not do; a code to end with at once.
  func restrict() -> ExitStatus?
  /// Does it; the code to end with.
  func execute() -> ExitStatus
}

extension ShellProgram {
  func restrict() -> ExitStatus? { nil }
}

/// The command line of `rls`.
struct RLS: ShellProgram {
  static let configuration = CommandConfiguration(
    commandName: "rls", abstract: "A scripting shell for reinforcement learning of language models.",
    discussion: """
      Without a file it reads from the terminal. Exit codes: 0 done, 1 an `expect` failed, 2 usage, 65 not understood, \
      70 an error while running, 75 stopped by a signal with the work kept in a folder (run it again), 130 interrupted.
      """, version: "rls \(Session.version)", subcommands: others)

  /// What `rls` does besides running programs, each with a word of its own: `rls fmt`.
  private static let others: [any ShellProgram.Type] = [
    FormatFiles.self, ServeEditor.self, ServeNotebook.self, Submit.self, WatchFolder.self,
  ]

  @Option(
    name: .short,
    help: ArgumentHelp("Run this text and show the values of its statements.", valueName: "code"))
  var evaluate: String?

  @Flag(name: .short, help: "After the file or the text, go on at the prompt.")
  var interactive = false

  @Flag(name: .customLong("no-init"), help: "Do not run the start file before the prompt.")
  var skipsSettings = false

  @Flag(help: "Read the file and report what is wrong with it, without running it.")
  var check = false

  @Flag(help: "Afterwards say on standard error where the time went, by line and by function.")
  var profile = false

  @Option(help: ArgumentHelp("Run the file in this many processes, which share its sweeps.", valueName: "n"))
  var workers: Int?

  @Option(
    help: ArgumentHelp(
      "Run the file as one of several processes that share its sweeps, such as 2/8.", valueName: "i/n")
  )
  var shard: String?

  @Flag(
    help: ArgumentHelp(
      "Run the file of somebody you do not know: it reads its own folder and starts nothing, by the kernel's word."
    ))
  var restricted = false

  @Option(help: ArgumentHelp("The one folder that a restricted file may write.", valueName: "folder"))
  var write: String?

  @Flag(help: .private)
  var helper = false

  @Option(help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
  var color: ColourChoice = .auto

  @Argument(help: ArgumentHelp("A script, or `-` for standard input.", valueName: "file"))
  var file: String?

  @Argument(
    parsing: .captureForPassthrough, help: ArgumentHelp("What the script finds in `args`.", valueName: "args")
  )
  var arguments: [String] = []
}

extension ColourChoice: ExpressibleByArgument {}

extension RLS {
  /// Does what the command line says; the code to end with.
  func execute() -> ExitStatus {
    let host = TerminalHost(colour: color)
    do {
      try Session.prepare()
    } catch {
      host.report(error)
      return .rejected
    }
    if let workers, !(1...256).contains(workers) { return usage("--workers needs a number from 1 to 256") }
    // Results do not depend on the number of threads.
    let runtime = workers.map { Runtime(threads: max(1, Runtime.current.threads / $0)) } ?? .current
    let session = Session(host: host, arguments: scriptArguments, runtime: runtime)
    var share = WorkShare(0, of: 1)
    if let shard {
      let numbers = shard.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let part = numbers[0], let count = numbers[1], part >= 1, part <= count,
        count <= Submit.mostParts
      else {
        return usage("--shard needs a part of the whole such as 2/8, got \(shard)")
      }
      share = WorkShare(part - 1, of: count)
    }
    if let workers { share = WorkShare(share.index * workers, of: share.count * workers) }
    if shard != nil || workers != nil { session.share = share }
    var processes: WorkerProcesses?
    defer { processes?.end() }
    if helper { WorkerProcesses.followParent() }
    if let workers {
      guard let file, file != "-", evaluate == nil else { return usage("--workers needs a file") }
      setenv("RLS_THREADS", "\(runtime.threads)", 1)
      do {
        processes = try WorkerProcesses(
          (1..<workers).map {
            ["--helper", "--shard", "\(share.index + $0 + 1)/\(share.count)", file] + arguments
          })
      } catch {
        host.report(error)
        return .failed
      }
    }
    let runner = ScriptRunner(session: session, host: host, promptFollows: interactive, profiles: profile)
    if check {
      guard let file else { return usage("--check needs a file") }
      return runner.check(file)
    }
    var status = ExitStatus.success
    if let evaluate {
      status = runner.run(evaluate, name: "-e", echoes: true)
    } else if let file {
      status = file == "-" ? runner.runStandardInput() : runner.runFile(file)
    } else if isatty(STDIN_FILENO) == 0, !interactive {
      return runner.runStandardInput()
    } else {
      return REPL(session: session, host: host).run(greets: true, readsSettings: !skipsSettings)
    }
    if case .exit = status { return status }
    return interactive
      ? REPL(session: session, host: host).run(greets: false, readsSettings: !skipsSettings) : status
  }

  /// Reads a command line: of one of the other programs where it begins with its word.
  static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    guard let other = others.first(where: { $0.configuration.commandName == arguments.first }) else {
      return try parseAsRoot(separated(arguments))
    }
    return try other.parseAsRoot(Array(arguments.dropFirst()))
  }

  /// Gives up what a restricted file must not do; the code to end with where that cannot be.
  func restrict() -> ExitStatus? {
    guard restricted else { return write == nil ? nil : usage("--write needs --restricted") }
    guard let file, file != "-", evaluate == nil, !interactive, workers == nil else {
      return usage("--restricted needs a file, and goes without -e, -i and --workers")
    }
    guard write != nil || !arguments.contains("--write") else {
      return usage("--write stands before the file, as in `rls --restricted --write folder \(file)`")
    }
    do {
      try Sandbox.enter(script: file, writable: write)
      return nil
    } catch {
      TerminalHost(colour: color).report(error)
      return error is EngineError ? .usage : .failed
    }
  }

  /// The arguments with a sign behind the code of `-e` that what follows belongs to the script.
  static func separated(_ arguments: [String]) -> [String] {
    guard let option = arguments.firstIndex(of: "-e"), option + 2 < arguments.count else { return arguments }
    // A word before it is a file, whose arguments these are, unless an option with a value stands in front.
    let isValue = { (place: Int) in place > 0 && arguments[place - 1].hasPrefix("--") }
    guard !(0..<option).contains(where: { !arguments[$0].hasPrefix("-") && !isValue($0) }) else {
      return arguments
    }
    return arguments[...(option + 1)] + ["--"] + arguments[(option + 2)...]
  }

  /// With `-e` everything after it belongs to the script.
  private var scriptArguments: [String] { evaluate == nil ? arguments : [file].compactMap { $0 } + arguments }

  private func usage(_ message: String) -> ExitStatus {
    StandardStream.error.write("rls: \(message)\n")
    return .usage
  }
}

/// Runs on a thread whose stack is deep enough for anything a program can nest.
@main enum Main {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    // A file that grows beyond a limit is an error of the write.
    signal(SIGXFSZ, SIG_IGN)
    crl_catch_interrupts(Interrupt.flag, 0)
    // Ready, or nearly, when the command line has been read.
    _ = WorkerThread(stackBytes: 8 << 20) { try? Session.prepare() }
    let command: any ShellProgram
    do {
      var parsed = try RLS.parsed(Array(CommandLine.arguments.dropFirst()))
      guard let program = parsed as? any ShellProgram else {
        // `--help` is a command of its own, which throws its text.
        try parsed.run()
        exit(ExitStatus.success.code)
      }
      command = program
    } catch {
      let isHelp = RLS.exitCode(for: error) == .success
      (isHelp ? StandardStream.output : .error).write(RLS.fullMessage(for: error) + "\n")
      exit(isHelp ? ExitStatus.success.code : ExitStatus.usage.code)
    }
    // Threads have the rights of the one that starts them.
    if let status = command.restrict() { exit(status.code) }
    let status = ExitBox()
    WorkerThread(stackBytes: 1 << 30) { status.value = command.execute() }.join()
    exit(status.value.code)
  }
}

/// The result that the working thread leaves; read after it has been joined.
private final class ExitBox: @unchecked Sendable {
  var value = ExitStatus.success
}
