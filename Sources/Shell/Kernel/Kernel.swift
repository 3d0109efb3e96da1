// Kernel: what Jupyter runs for a notebook. `ConnectionFile` says where to listen, `MessageSocket` listens, by ZeroMQ;
// `KernelMessage` and `MessageSignature` are what comes and goes. `Kernel` answers: one thread runs the requests of the
// shell channel in turn, one answers the control channel meanwhile, one sends heartbeats back. What a program shows
// goes through `KernelHost` to the `OutputChannel`, values as `MimeBundle` has them. `KernelSpecification` makes the
// kernel known to Jupyter.

import CReadline
import Engine
import Lang
import Synchronization

/// A kernel: a conversation that a notebook holds, in Jupyter's messages.
///
/// The conversation belongs to the thread of `run`. The other threads reach their own sockets, and the output.
final class Kernel: @unchecked Sendable {
  private let conversation: Conversation
  private let host: KernelHost
  private let output: OutputChannel
  private let name = KernelMessage.newName()
  private let signature: MessageSignature
  private let context: MessageContext
  private let shell: MessageSocket
  private let control: MessageSocket
  private let iopub: MessageSocket
  private let stdin: MessageSocket
  private let heartbeat: MessageSocket
  private let isEnding = Atomic(false)
  private let isRunning = Atomic(false)
  /// How the program asked to end; nil as long as it did not.
  private var exit: ExitStatus?

  /// Listens where `file` says.
  init(_ file: ConnectionFile) throws {
    let context = try MessageContext()
    func listen(_ channel: ConnectionFile.Channel, _ kind: MessageSocket.Kind) throws -> MessageSocket {
      try context.socket(kind, file.endpoints[channel] ?? "")
    }
    shell = try listen(.shell, .router)
    control = try listen(.control, .router)
    stdin = try listen(.stdin, .router)
    iopub = try listen(.iopub, .publish)
    heartbeat = try listen(.heartbeat, .reply)
    self.context = context
    signature = file.signature
    output = OutputChannel(iopub, signature, session: name)
    host = KernelHost(output)
    conversation = Conversation(Session(host: host), host)
  }

  /// Answers until Jupyter, the program or a signal ends the kernel.
  func run() -> ExitStatus {
    let beats = WorkerThread(stackBytes: Kernel.stackBytes) {
      while case .message(let frames) = self.nextBeat() { self.heartbeat.send(frames) }
    }
    let meanwhile = WorkerThread(stackBytes: Kernel.stackBytes) { self.attend() }
    do { try conversation.readSettings() } catch { _ = host.report(error) }
    serve()
    // Who asked for it hears that the program has ended, and says goodbye.
    let clock = ContinuousClock()
    let start = clock.now
    while exit != nil, !isEnding.load(ordering: .relaxed), clock.now - start < .seconds(1) {
      WorkerThread.pause(milliseconds: 10)
    }
    end()
    meanwhile.join()
    beats.join()
    for socket in [shell, control, iopub, stdin, heartbeat] { socket.close() }
    context.close()
    return Conversation.isAskedToEnd ? .ended(by: crl_ended_by()) : exit ?? .success
  }

  /// Enough for a message of the deepest JSON that is read.
  private static let stackBytes = 4 << 20

  /// Ends the waiting of all threads, and what runs.
  private func end() {
    isEnding.store(true, ordering: .relaxed)
    Interrupt.request()
    context.shutDown()
  }

  private func nextBeat() -> MessageSocket.Arrival {
    while true {
      let arrival = heartbeat.receive()
      if case .nothing = arrival { continue }
      return arrival
    }
  }

  // MARK: The control channel

  /// Answers the control channel, and looks after what else cannot wait for the program.
  private func attend() {
    let parent = getppid()
    let isFollower = System.variable("JPY_PARENT_PID") == "\(parent)"
    while !isEnding.load(ordering: .relaxed) {
      switch control.receive(within: 100) {
      case .message(let frames): if let request = read(frames) { answerControl(request) }
      case .nothing: output.flush()
      case .end: return
      }
      if Conversation.isAskedToEnd || (isFollower && getppid() != parent) { end() }
    }
  }

  private func answerControl(_ request: KernelMessage) {
    announcing(request) {
      switch request.kind {
      case "interrupt_request":
        if isRunning.load(ordering: .relaxed) { Interrupt.request() }
        reply(to: request, ["status": "ok"], control)
      case "shutdown_request": shutDown(request, control)
      case "kernel_info_request": reply(to: request, Conversation.information, control)
      default: break
      }
    }
    if request.kind == "shutdown_request" { end() }
  }

  private func shutDown(_ request: KernelMessage, _ socket: MessageSocket) {
    isEnding.store(true, ordering: .relaxed)
    Interrupt.request()
    reply(to: request, ["status": "ok", "restart": request.content["restart"] ?? false], socket)
  }

  // MARK: The shell channel

  /// Answers requests in turn.
  private func serve() {
    while exit == nil, !isEnding.load(ordering: .relaxed) {
      switch shell.receive() {
      case .message(let frames): if let request = read(frames) { answer(request) }
      case .nothing: continue
      case .end: return
      }
    }
  }

  private func answer(_ request: KernelMessage) {
    var left: [KernelMessage] = []
    announcing(request) {
      switch request.kind {
      case "execute_request": left = execute(request)
      case "shutdown_request": shutDown(request, shell)
      // The other end of a widget, which is not here.
      case "comm_open":
        let name = request.content["comm_id"] ?? ""
        output.publish("comm_close", ["comm_id": name, "data": [:]], for: request.header)
      default:
        guard let content = conversation.answer(request.kind, request.content) else { return }
        reply(to: request, content, shell)
      }
    }
    for request in left {
      if request.kind == "execute_request" {
        announcing(request) { reply(to: request, ["status": "aborted"], shell) }
      } else {
        answer(request)
      }
    }
  }

  /// Runs code; gives the requests that came before its failure, which are not to run any more.
  private func execute(_ request: KernelMessage) -> [KernelMessage] {
    let content = request.content
    let code = content["code"]?.string ?? ""
    let isSilent = content["silent"] == true || code.allSatisfy(\.isWhitespace)
    let number = conversation.reader.count + 1
    var fields = [JSON.Field(name: "execution_count", value: JSON(number))]
    host.begin(request.header, number: isSilent ? nil : number)
    if !isSilent {
      output.publish("execute_input", ["code": .string(code), "execution_count": JSON(number)])
    }
    do {
      defer { host.end() }
      try interruptibly {
        try conversation.enter(code, isKept: !isSilent && content["store_history"] != false)
        fields.append(
          .init(name: "user_expressions", value: conversation.values(of: content["user_expressions"])))
      }
      fields += [.init(name: "status", value: "ok"), .init(name: "payload", value: [])]
    } catch {
      let failure = RuntimeError(error)
      if failure.kind == .exit {
        exit = .exit(failure.exitCode)
        let payload: JSON = [["source": "ask_exit", "keepkernel": false]]
        fields += [.init(name: "status", value: "ok"), .init(name: "payload", value: payload)]
      } else {
        fields += [.init(name: "status", value: "error")] + host.report(error)
        host.notePartial(of: error, sessionGoesOn: true)
        output.flush()
        // Taken before the answer, so that nothing is left out that was sent in knowledge of the failure.
        let left = content["stop_on_error"] == false ? [] : waitingRequests()
        reply(to: request, .object(fields), shell)
        return left
      }
    }
    reply(to: request, .object(fields), shell)
    return []
  }

  /// Runs `body`, which a request on the control channel can stop.
  private func interruptibly(_ body: () throws -> Void) rethrows {
    isRunning.store(true, ordering: .relaxed)
    Conversation.clearInterrupt()
    if isEnding.load(ordering: .relaxed) { Interrupt.request() }
    defer {
      isRunning.store(false, ordering: .relaxed)
      Conversation.clearInterrupt()
    }
    try body()
  }

  /// The requests that have come, or are on their way.
  private func waitingRequests() -> [KernelMessage] {
    var requests: [KernelMessage] = []
    while case .message(let frames) = shell.receive(within: 30) {
      if let request = read(frames) { requests.append(request) }
    }
    return requests
  }

  // MARK: Messages

  /// A message whose signature is right; of any other, Jupyter's log is told.
  private func read(_ frames: [[UInt8]]) -> KernelMessage? {
    do throws(KernelMessage.Problem) {
      return try KernelMessage(frames, signature)
    } catch {
      StandardStream.error.write("rls kernel: \(error.description)\n")
      return nil
    }
  }

  /// Tells everybody that the kernel is busy with `request`, and afterwards that it is idle.
  private func announcing(_ request: KernelMessage, _ body: () -> Void) {
    output.publish("status", ["execution_state": "busy"], for: request.header)
    body()
    output.publish("status", ["execution_state": "idle"], for: request.header)
  }

  private func reply(to request: KernelMessage, _ content: JSON, _ socket: MessageSocket) {
    let kind = request.kind.replacing("_request", with: "_reply")
    var message = KernelMessage(kind, content, parent: request.header, session: name)
    message.identities = request.identities
    socket.send(message.frames(signature))
  }
}
