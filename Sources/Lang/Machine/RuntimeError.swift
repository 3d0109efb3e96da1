import Engine

/// What goes wrong while a program runs.
public struct RuntimeError: Error, @unchecked Sendable {
  /// What a caller may want to know beyond the text.
  public enum Kind: String, Sendable {
    /// Anything a program or its data did wrong.
    case error
    /// An `expect` that did not hold.
    case expectation
    /// A stop that the user asked for.
    case interrupted
    /// The program asked to end, with this exit code.
    case exit
  }

  /// Whether a program failed, was stopped or asked to end; only failures can be caught.
  public var kind: Kind
  /// What went wrong; starts in lower case and has no full stop.
  public var message: String
  /// What to do about it; nil where nothing helps.
  public var help: String?
  /// Where it happened, innermost first.
  public internal(set) var trace: [Frame] = []
  /// With `Kind.exit`, the code to end with.
  public var exitCode: Int32 = 0
  /// What a run or a sweep had done when the error stopped it; `.none` where nothing was under way.
  public var partial: Value = .none
  /// The folder that has what was done, from which the program goes on when it is run again; nil where there is none.
  public var folder: String?

  /// A place the program was at: a span and the function it is in.
  public struct Frame: Sendable {
    /// The instruction that failed there, or the call that led further in.
    public let span: Span
    /// The name of the function; nil at top level and in functions without a name.
    public let function: String?
    /// The function's variables and their values, for a debugger; empty at top level.
    public let variables: [(name: String, value: Value)]

    /// The file, line and column, as errors show them: `in[12]:3:5`.
    public var place: String {
      let (line, column) = span.source.position(of: span.start)
      return "\(span.source.name):\(line):\(column)"
    }
  }

  /// The most frames that a trace keeps; of a longer one, the middle is left out.
  static let maximumTrace = 64
  /// How many frames were left out, between the innermost and the outermost half.
  private(set) var omittedFrames = 0

  /// Adds the frame that called the last one.
  mutating func note(_ frame: Frame) {
    trace.append(frame)
    if trace.count > RuntimeError.maximumTrace {
      trace.remove(at: RuntimeError.maximumTrace / 2)
      omittedFrames += 1
    }
  }

  /// Creates an error; `message` starts in lower case and has no full stop.
  public init(_ message: String, help: String? = nil, kind: Kind = .error) {
    self.kind = kind
    self.message = message
    self.help = help
  }

  /// The same failure as the language reports it.
  public init(_ error: any Error) {
    switch error {
    case let error as RuntimeError: self = error
    case let error as EngineError:
      self.init(
        error.kind == .interrupted ? "interrupted" : "\(error.operation): \(error.message)", help: error.hint,
        kind: error.kind == .interrupted ? .interrupted : .error)
    case let error as Rejection:
      self.init(error.diagnostics.first?.message ?? "not understood", help: error.diagnostics.first?.help)
    default: self.init("\(error)")
    }
  }

  /// The place to show: the innermost one in the user's own program.
  var place: Frame? { trace.first { !$0.span.source.isLibrary } ?? trace.first }

  /// The text of an error of any kind; of a rejection, all that is wrong.
  public static func text(of error: any Error, style: DiagnosticRendering.Style) -> String {
    guard let rejection = error as? Rejection else { return RuntimeError(error).text(style: style) }
    return rejection.diagnostics.map { DiagnosticRendering.text($0, style: style) }.joined(separator: "\n")
  }

  /// The text of the error: message, place, source line, help, and the calls that led there.
  public func text(style: DiagnosticRendering.Style = .plain) -> String {
    let title = kind == .expectation ? "expectation failed" : kind == .interrupted ? "interrupted" : "error"
    var lines = [
      DiagnosticRendering.text(
        title, kind == .interrupted && message == "interrupted" ? "stopped here" : message, place?.span,
        help: help, style: style)
    ]
    let shown = trace.firstIndex { !$0.span.source.isLibrary } ?? 0
    for frame in trace[..<shown].reversed() {
      lines.append("  inside, at \(frame.place)\(frame.function.map { " in \($0)" } ?? "")")
    }
    let callers = Array(trace.dropFirst(shown + 1))
    for (i, frame) in callers.enumerated() {
      if callers.count > 8, i == 4 { lines.append("  ... \(callers.count - 8 + omittedFrames) more calls") }
      if callers.count > 8, i >= 4, i < callers.count - 4 { continue }
      lines.append("  called from \(Text.visible(frame.place))\(frame.function.map { " in \($0)" } ?? "")")
    }
    return lines.joined(separator: "\n")
  }
}
