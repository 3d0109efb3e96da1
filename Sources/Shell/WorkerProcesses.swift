import ArgumentParser
import Engine
import Lang

/// Processes beside this one that run the same script, whose output nobody sees: they take part in its sweeps with a
/// folder.
final class WorkerProcesses {
  private var children: [pid_t] = []

  /// Starts a process of this program with each of these lists of arguments; the error of the system where it cannot.
  init(_ commands: [[String]]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_WRONLY), (STDERR_FILENO, O_WRONLY),
    ] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
    }
    let program = Platform.executable ?? CommandLine.arguments[0]
    for arguments in commands {
      var texts = ([program] + arguments).map { strdup($0) } + [nil]
      defer { for text in texts { free(text) } }
      var child = pid_t()
      let status = posix_spawn(&child, program, &actions, nil, &texts, environ)
      guard status == 0 else {
        end()
        throw RuntimeError("cannot start a worker: \(String(cString: strerror(status)).lowercased())")
      }
      children.append(child)
    }
  }

  /// Asks them to end, and waits until they have.
  func end() {
    for child in children { kill(child, SIGTERM) }
    for child in children { while waitpid(child, nil, 0) < 0, errno == EINTR {} }
    children = []
  }

  /// Ends this process when the one that started it has gone.
  static func followParent() {
    let parent = getppid()
    _ = WorkerThread(stackBytes: 1 << 18) {
      while getppid() == parent { WorkerThread.pause(milliseconds: 200) }
      Interrupt.request()
      WorkerThread.pause(milliseconds: 5000)
      _exit(ExitStatus.interrupted.code)
    }
  }
}

/// `rls watch folder`: shows how far a sweep has come, until it is done.
struct WatchFolder: ShellProgram {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Show how far a sweep with a folder has come.",
    usage: "rls watch <folder>")

  @Argument(help: ArgumentHelp("The folder that the sweep has as its `store`.", valueName: "folder"))
  var path: String

  func execute() -> ExitStatus {
    let host = TerminalHost(colour: .auto)
    let terminal = Terminal.current(STDOUT_FILENO)
    do {
      while true {
        let status = try SweepStatus(path)
        // On a terminal the picture stays in its place; elsewhere it is shown once.
        let home = terminal.movesCursor ? "\u{1B}[H\u{1B}[J" : ""
        host.draw(home + Text.visible(status.text(host.layout)) + "\n")
        if status.isDone || !terminal.movesCursor { return .success }
        for _ in 0..<10 {
          try Interrupt.check("watch")
          WorkerThread.pause(milliseconds: 100)
        }
      }
    } catch {
      return ScriptRunner.status(of: error, host)
    }
  }
}
