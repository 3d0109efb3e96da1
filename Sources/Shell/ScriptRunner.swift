import CReadline
import Engine
import Lang

/// Runs program text from start to end, without a prompt.
struct ScriptRunner {
  let session: Session
  let host: TerminalHost
  /// Whether the prompt takes over where the program ends.
  let promptFollows: Bool
  /// Whether to say where its time went.
  var profiles = false

  func runFile(_ path: String) -> ExitStatus {
    read {
      try FileContents.bytes(path, for: "rls", most: Source.largest)
    } then: {
      run($0, name: path)
    }
  }

  func runStandardInput() -> ExitStatus {
    read {
      try FileContents.bytes(STDIN_FILENO, named: "standard input", for: "rls", most: Source.largest)
    } then: {
      run($0, name: "stdin")
    }
  }

  /// Reads a program's text; what cannot be read is a wrong command line.
  private func read(_ bytes: () throws -> [UInt8], then body: (String) -> ExitStatus) -> ExitStatus {
    crl_catch_interrupts(Interrupt.flag, 1)
    do {
      return body(String(decoding: try bytes(), as: UTF8.self))
    } catch {
      let status = ScriptRunner.status(of: error, host)
      return status == .failed ? .usage : status
    }
  }

  func check(_ path: String) -> ExitStatus {
    do {
      try session.check(FileContents.text(path, for: "rls"), name: path)
      return .success
    } catch let rejection as Rejection {
      host.report(rejection)
      return .rejected
    } catch {
      host.report(error)
      return .usage
    }
  }

  func run(_ text: String, name: String, echoes: Bool = false) -> ExitStatus {
    crl_catch_interrupts(Interrupt.flag, 1)
    session.onEcho = { [host, session] value in
      if !value.isNone, !session.drawsPlot(value) { host.display(value) }
    }
    defer { host.endProgress() }
    do {
      let program = { try session.run(text, name: name, echoes: echoes) }
      if profiles {
        try session.profiling(program) { StandardStream.error.write($0.text(host.layout)) }
      } else {
        try program()
      }
      for remark in session.unreadFlags { host.note(remark) }
      return StandardStream.failure.map(unwritable) ?? .success
    } catch {
      if let failure = StandardStream.failure { return unwritable(failure) }
      let status = ScriptRunner.status(of: error, host)
      host.notePartial(of: error, sessionGoesOn: promptFollows)
      return status
    }
  }

  private func unwritable(_ failure: String) -> ExitStatus {
    host.note("error: \(failure)")
    return .unwritable
  }

  /// Reports an error and gives the code that stands for it.
  static func status(of error: any Error, _ host: TerminalHost) -> ExitStatus {
    if let failure = error as? RuntimeError, failure.kind == .exit {
      host.endProgress()
      return .exit(failure.exitCode)
    }
    host.report(error)
    if error is Rejection { return .rejected }
    switch RuntimeError(error).kind {
    case .error: return .failed
    case .expectation: return .expectation
    case .interrupted: return .stopped(by: crl_ended_by(), isKept: RuntimeError(error).folder != nil)
    case .exit: return .success
    }
  }
}
