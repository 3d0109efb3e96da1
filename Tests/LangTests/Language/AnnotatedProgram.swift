import Synchronization
import Testing

@testable import Lang

/// A program whose comments say what it must do.
///
/// `#=> text`, after a statement or on a line of its own, is the next line that the program shows; all such
/// lines together are all that it shows. `#! text` says that the program stops with an error on this line,
/// or on the one before when the comment stands alone, and that message or help contain the text; a program
/// that is rejected before it runs has one for every error.
struct AnnotatedProgram: Sendable, CustomTestStringConvertible {
  let place: String
  let text: String
  let shown: [String]
  let errors: [(line: Int, text: String)]

  var testDescription: String { place }

  /// Reads the comments of `lines`; the first one is line 1 of the program.
  init(_ lines: ArraySlice<String>, place: String) {
    var shown: [String] = []
    var errors: [(line: Int, text: String)] = []
    var codeLine = 1
    for (i, line) in lines.enumerated() {
      let marker = line.trimmingSpaces()
      if !marker.isEmpty, !marker.hasPrefix("#") { codeLine = i + 1 }
      if let comment = AnnotatedProgram.comment(line, after: "#=>") { shown.append(comment) }
      if let comment = AnnotatedProgram.comment(line, after: "#!") { errors.append((codeLine, comment)) }
    }
    self.place = place
    self.text = lines.joined(separator: "\n") + "\n"
    self.shown = shown
    self.errors = errors
  }

  private static func comment(_ line: String, after marker: String) -> String? {
    guard let start = try? TextSearch.range(of: marker, in: line) else { return nil }
    let comment = line[start.upperBound...]
    return String(comment.first == " " ? comment.dropFirst() : comment)
  }

  /// The programs of a file, separated by lines of `---`.
  static func programs(inFile path: String) throws -> [AnnotatedProgram] {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let lines = try readLines(path)
    var programs: [AnnotatedProgram] = []
    var start = 0
    for end in lines.indices.filter({ lines[$0] == "---" }) + [lines.count] {
      programs.append(AnnotatedProgram(lines[start..<end], place: "\(name):\(start + 1)"))
      start = end + 1
    }
    return programs
  }

  /// Whether the comments, or an `expect`, say anything.
  var expectsSomething: Bool {
    !shown.isEmpty || !errors.isEmpty || text.contains("expect ")
  }

  /// Runs the program in a session of its own and compares.
  func check() {
    let (session, host) = Session.collecting()
    let failures = onDeepStack { () -> [(line: Int?, text: String)] in
      do {
        try session.run(text, name: "test", echoes: true)
        return []
      } catch let rejection as Rejection {
        return rejection.diagnostics.map { ($0.span.line, "\($0.message) \($0.help ?? "")") }
      } catch {
        let failure = RuntimeError(error)
        return [(failure.trace.first?.span.line, "\(failure.message) \(failure.help ?? "")")]
      }
    }
    let output = host.output.joinedLines()
    #expect(output == shown, "\(place)\n\(text)\nfailed with \(failures)")
    guard failures.count == errors.count else {
      Issue.record("\(place): expected \(errors), got \(failures)\n\(text)")
      return
    }
    for (failure, error) in zip(failures, errors) {
      #expect(failure.line == error.line, "\(place): \(failure.text)\n\(text)")
      #expect(failure.text.contains(error.text), "\(place)\n\(text)")
    }
  }
}

extension [String] {
  /// The lines of pieces of output, each of which may end with a newline or not.
  func joinedLines() -> [String] {
    flatMap {
      $0.trimmingNewlines().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

extension String {
  func trimmingSpaces() -> String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// Runs `body` on a thread with the stack that the shell gives its interpreter.
func onDeepStack<Result: Sendable>(_ body: @Sendable () -> Result) -> Result {
  let result = Mutex<Result?>(nil)
  withoutActuallyEscaping(body) { body in
    WorkerThread(stackBytes: 1 << 30) {
      let value = body()
      result.withLock { $0 = value }
    }.join()
  }
  guard let value = result.withLock({ $0 }) else { preconditionFailure("the thread has been joined") }
  return value
}
