import ArgumentParser
import Engine
import Lang

/// Processes beside this one that run the same script, whose output nobody sees: they take part in its sweeps with a
/// folder.
final class WorkerProcesses {
  private var children: [Child] = []

  /// Starts a process of this program with each of these lists of arguments; the error of the system where it cannot.
  init(_ commands: [[String]]) throws {
    let nothing = Child.File.path("/dev/null", O_RDWR)
    let files = [STDIN_FILENO: nothing, STDOUT_FILENO: nothing, STDERR_FILENO: nothing]
    do throws(Child.ErrorNumber) {
      for arguments in commands {
        children.append(try Child(Platform.program, arguments, files))
      }
    } catch {
      end()
      throw RuntimeError("cannot start a worker: \(error.message)")
    }
  }

  /// Asks them to end, and waits until they have.
  func end() {
    for child in children { kill(child.process, SIGTERM) }
    for child in children { child.wait() }
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
