import Engine
import Lang
import Synchronization

/// A conversation as a notebook shows it: values in the forms of `MimeBundle`, texts as two streams.
final class KernelHost: ConversationHost {
  private struct Looks {
    /// The number that values are shown with; nil where they are not to be shown.
    var number: Int?
    var settings = Settings()
    var showsEverything = false
  }

  private let output: OutputChannel
  private let progressLine: ProgressLine
  private let looks = Mutex(Looks())

  init(_ output: OutputChannel) {
    self.output = output
    progressLine = ProgressLine(
      width: KernelHost.width, usesUnicode: true, write: { output.showProgress($0) })
  }

  /// Gets ready for a request; values are shown with `number`, or not at all.
  func begin(_ request: JSON, number: Int?) {
    output.begin(request)
    looks.withLock { $0.number = number }
  }

  /// Takes the progress line away and sends what there is.
  func end() {
    progress(nil)
    output.flush()
  }

  // MARK: Texts and values

  func write(_ text: String) { draw(Text.visible(text)) }

  func draw(_ text: String) { output.write(text, to: "stdout") }

  func note(_ text: String) { output.write(Text.visible(text) + "\n", to: "stderr") }

  func log(_ text: String) {}

  func display(_ value: Value) { show(MimeBundle.of(value, layout)) }

  func draw(_ picture: Picture) { show(MimeBundle.of(picture, layout)) }

  private func show(_ forms: JSON) { output.publish("display_data", ["data": forms, "metadata": [:]]) }

  func answer(_ value: Value) {
    guard let number = looks.withLock({ $0.number }) else { return }
    let forms = MimeBundle.of(value, layout)
    output.publish("execute_result", ["execution_count": JSON(number), "data": forms, "metadata": [:]])
  }

  func progress(_ progress: Progress?) {
    guard let progress else { return progressLine.finish() }
    progressLine.update(progress.title, detail: progress.detail, fraction: progress.fraction)
  }

  /// Reports an error of any kind, and gives its fields, which the answer to a request has, too.
  func report(_ error: any Error) -> [JSON.Field] {
    let fields = KernelHost.fields(of: error, style: usesColor ? .ansi : .plain)
    output.publish("error", .object(fields))
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

  func apply(_ settings: Settings) { looks.withLock { $0.settings = settings } }

  var layout: Layout {
    let looks = looks.withLock { $0 }
    let (width, height) = looks.showsEverything ? (1 << 20, 1 << 20) : (KernelHost.width, 60)
    return Layout(width: width, height: height, digits: looks.settings.digits)
  }

  var usesColor: Bool { looks.withLock { $0.settings.colors } }
  var usesUnicode: Bool { looks.withLock { $0.settings.plots == .auto } }

  func showingEverything(_ body: () throws -> Void) rethrows {
    looks.withLock { $0.showsEverything = true }
    defer { looks.withLock { $0.showsEverything = false } }
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
}
