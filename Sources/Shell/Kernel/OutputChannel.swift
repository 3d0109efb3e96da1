import Engine
import Lang
import Synchronization

/// What everybody who watches a kernel is sent, in order: states, texts as they come, values.
///
/// Any thread may send. Texts that follow each other within a tenth of a second become one message, if `flush` is
/// called that often.
final class OutputChannel: Sendable {
  private struct State {
    /// The request that output belongs to, by its header.
    var request: JSON = [:]
    /// Text that has not been sent yet, and the stream it belongs to.
    var text = ""
    var stream = ""
    var lastSent = ContinuousClock.now
    /// The name of the request's output that shows how far work has come; nil as long as there is none.
    var progress: String?
  }

  private let socket: MessageSocket
  private let signature: MessageSignature
  private let session: String
  private let state = Mutex(State())

  /// A channel over `socket`; `session` names the kernel in its messages.
  init(_ socket: MessageSocket, _ signature: MessageSignature, session: String) {
    self.socket = socket
    self.signature = signature
    self.session = session
  }

  /// What follows belongs to the request with this header.
  func begin(_ request: JSON) {
    state.withLock { ($0.request, $0.progress) = (request, nil) }
  }

  /// Sends text that has waited.
  func flush() { state.withLock { flush(&$0) } }

  private func flush(_ state: inout State) {
    state.lastSent = .now
    if state.text.isEmpty { return }
    send("stream", ["name": .string(state.stream), "text": .string(state.text)], state.request)
    state.text = ""
  }

  /// Sends a message, after the text before it; what belongs to no other request belongs to the one of `begin`.
  func publish(_ kind: String, _ content: JSON, for request: JSON? = nil) {
    state.withLock { state in
      flush(&state)
      send(kind, content, request ?? state.request)
    }
  }

  private func send(_ kind: String, _ content: JSON, _ request: JSON) {
    var message = KernelMessage(kind, content, parent: request, session: session)
    message.identities = [Array(kind.utf8)]
    socket.send(message.frames(signature))
  }

  /// Sends text to `stream`, "stdout" or "stderr".
  func write(_ text: String, to stream: String) {
    state.withLock { state in
      if state.stream != stream { flush(&state) }
      state.stream = stream
      state.text += text
      if state.text.utf8.count > 1 << 16 || ContinuousClock.now - state.lastSent > .milliseconds(100) {
        flush(&state)
      }
    }
  }

  /// Shows a text in an output of its own, in which the next one replaces it.
  func showProgress(_ text: String) {
    let (name, isNew) = state.withLock { state in
      let name = state.progress ?? KernelMessage.newName()
      defer { state.progress = name }
      return (name, state.progress == nil)
    }
    publish(
      isNew ? "display_data" : "update_display_data",
      ["data": ["text/plain": .string(text)], "metadata": [:], "transient": ["display_id": .string(name)]])
  }
}
