import Engine
import Lang
import Synchronization

/// A conversation's output as a notebook shows it: states, texts as they come, values in the forms of `MimeBundle`.
///
/// Any thread may write. Texts that follow each other within a tenth of a second become one message, if `flush` is called
/// that often.
final class KernelHost: ConversationHost {
  private struct State {
    /// The request that output belongs to, by its header.
    var request: JSON = [:]
    /// The number that values are shown with; nil where they are not to be shown.
    var number: Int?
    /// Text that has not been sent yet, and the stream it belongs to.
    var text = ""
    var stream = ""
    var lastSent = ContinuousClock.now
    var showsEverything = false
    var settings = Settings()
    /// The name of the request's output that shows how far work has come; nil as long as there is none.
    var progress: String?
  }

  private let socket: MessageSocket
  private let signature: MessageSignature
  private let session: String
  private let state = Mutex(State())
  private let progressLine = Mutex<ProgressLine?>(nil)

  /// A host that sends over `socket`; `session` names the kernel in its messages.
  init(_ socket: MessageSocket, _ signature: MessageSignature, session: String) {
    self.socket = socket
    self.signature = signature
    self.session = session
    let line = ProgressLine(width: KernelHost.width, usesUnicode: true, clock: ProgressLine.monotonicSeconds)
    {
      [weak self] text in self?.showProgress(text)
    }
    progressLine.withLock { $0 = line }
  }

  // MARK: Messages

  /// What follows belongs to `request`, and values are shown with `number`, or not at all.
  func begin(_ request: JSON, number: Int?) {
    state.withLock { ($0.request, $0.number, $0.progress) = (request, number, nil) }
  }

  /// Takes the progress line away and sends what there is.
  func end() {
    progress(nil)
    flush()
  }

  /// Sends text that has waited.
  func flush() { state.withLock { flush(&$0) } }

  private func flush(_ state: inout State) {
    state.lastSent = .now
    if state.text.isEmpty { return }
    send("stream", ["name": .string(state.stream), "text": .string(state.text)], state.request)
    state.text = ""
  }

  /// Tells everybody, after the text before it; what belongs to no other request belongs to the one of `begin`.
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

  private func write(_ text: String, to stream: String) {
    state.withLock { state in
      if state.stream != stream { flush(&state) }
      state.stream = stream
      state.text += text
      if state.text.utf8.count > 1 << 16 || ContinuousClock.now - state.lastSent > .milliseconds(100) {
        flush(&state)
      }
    }
  }

  // MARK: Texts and values

  func write(_ text: String) { draw(Text.visible(text)) }

  func draw(_ text: String) { write(text, to: "stdout") }

  func note(_ text: String) { write(Text.visible(text) + "\n", to: "stderr") }

  func log(_ text: String) {}

  func display(_ value: Value) { show(MimeBundle.of(value, layout)) }

  func draw(_ picture: Picture) { show(MimeBundle.of(picture, layout)) }

  private func show(_ forms: JSON) { publish("display_data", ["data": forms, "metadata": [:]]) }

  func answer(_ value: Value) {
    guard let number = state.withLock({ $0.number }) else { return }
    publish(
      "execute_result",
      ["execution_count": JSON(number), "data": MimeBundle.of(value, layout), "metadata": [:]])
  }

  /// Reports an error of any kind, and gives its fields, which the answer to a request has, too.
  func report(_ error: any Error) -> [JSON.Field] {
    let fields = KernelHost.fields(of: error, style: usesColor ? .ansi : .plain)
    publish("error", .object(fields))
    return fields
  }

  /// What Jupyter wants to know of an error.
  static func fields(of error: any Error, style: DiagnosticRendering.Style = .plain) -> [JSON.Field] {
    let failure = RuntimeError(error)
    let lines = RuntimeError.text(of: error, style: style).split(
      separator: "\n", omittingEmptySubsequences: false)
    return [
      .init(name: "ename", value: .string(error is Rejection ? "rejection" : failure.kind.rawValue)),
      .init(name: "evalue", value: .string(failure.message)),
      .init(name: "traceback", value: .array(lines.map { .string(String($0)) })),
    ]
  }

  // MARK: How things look

  private static let width = 100

  func apply(_ settings: Settings) { state.withLock { $0.settings = settings } }

  var layout: Layout {
    let (showsEverything, digits) = state.withLock { ($0.showsEverything, $0.settings.digits) }
    return showsEverything
      ? Layout(width: 1 << 20, height: 1 << 20, digits: digits)
      : Layout(width: KernelHost.width, height: 60, digits: digits)
  }

  var usesColor: Bool { state.withLock { $0.settings.colors } }
  var usesUnicode: Bool { state.withLock { $0.settings.plots == .auto } }

  func showingEverything(_ body: () throws -> Void) rethrows {
    state.withLock { $0.showsEverything = true }
    defer { state.withLock { $0.showsEverything = false } }
    try body()
  }

  // MARK: What a terminal would do

  func log(to path: String?) throws {
    throw RuntimeError("a notebook has no log", help: "the notebook itself has all inputs and outputs")
  }

  func edited(_ text: String) throws -> String? {
    throw RuntimeError("a notebook has no terminal for an editor", help: "edit the cell")
  }

  func run(_ line: String) throws -> Int32 { try ForeignProgram.run(line, writingTo: write) }

  func progress(_ progress: Progress?) {
    let line = progressLine.withLock { $0 }
    guard let progress else { return line?.finish() ?? () }
    line?.update(progress.title, detail: progress.detail, fraction: progress.fraction)
  }

  /// Shows the progress line in an output of its own, which the next text replaces.
  private func showProgress(_ text: String) {
    let line = text.replacing("\r", with: "").replacing("\u{1B}[K", with: "")
    let (name, isNew) = state.withLock { state in
      let name = state.progress ?? KernelMessage.newName()
      defer { state.progress = name }
      return (name, state.progress == nil)
    }
    publish(
      isNew ? "display_data" : "update_display_data",
      ["data": ["text/plain": .string(line)], "metadata": [:], "transient": ["display_id": .string(name)]])
  }
}
