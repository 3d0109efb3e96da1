import CReadline

/// Lines from a terminal, edited with GNU readline: history, completion, bracketed paste.
///
/// There is one of them a process, used on the main thread. While nobody waits for a line the terminal is
/// in its normal mode, and Ctrl-C sets the interrupt flag and does nothing else.
final class ReadlineSource: LineSource {
  private let history: History
  private let completion: (any Completion)?
  private var hasLoadedHistory = false

  /// Sets readline up, or gives nil where standard input is no terminal that it can use.
  ///
  /// `interruptFlag` is set to 1 by every Ctrl-C from now on, and cleared when a prompt appears.
  init?(history: History, completion: (any Completion)?, interruptFlag: UnsafeMutablePointer<Int32>) {
    self.history = history
    self.completion = completion
    let context = Unmanaged.passUnretained(self).toOpaque()
    guard crl_start(interruptFlag, completeThroughSource, context) == 0 else { return nil }
  }

  deinit { crl_stop() }

  func readLine(prompt: String) -> LineEvent {
    if !hasLoadedHistory {
      hasLoadedHistory = true
      for entry in history.entries { crl_history_add(entry) }
    }
    crl_begin(ReadlineSource.withIgnoredEscapes(prompt))
    while true {
      switch crl_step(-1) {
      case .pending: continue
      case .interrupted: return .interrupted
      case .end: return .endOfInput
      case .line:
        guard let line = crl_take_line() else { return .endOfInput }
        defer { free(line) }
        return .line(String(cString: line))
      }
    }
  }

  func remember(_ entry: String) {
    if history.append(entry) { crl_history_add(entry) }
  }

  /// `prompt` with its escape sequences marked, so that readline does not count their width.
  static func withIgnoredEscapes(_ prompt: String) -> String {
    var result = ""
    var rest = prompt[...]
    while let escape = rest.firstIndex(of: "\u{1B}") {
      result += rest[..<escape]
      let end =
        rest[escape...].dropFirst(2).firstIndex { $0.isASCII && $0.isLetter } ?? rest.indices.last ?? escape
      result += "\u{01}" + rest[escape...end] + "\u{02}"
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  fileprivate func candidates(_ line: String, cursor: Int) -> CompletionCandidates? {
    completion?.complete(line, cursor: cursor)
  }
}

/// Answers readline's question for completions; `context` is the `ReadlineSource`.
private func completeThroughSource(
  _ context: UnsafeMutableRawPointer?, _ line: UnsafePointer<CChar>?, _ cursor: Int32, _ start: Int32,
  _ end: Int32, _ replacement: UnsafeMutablePointer<Int32>?
) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
  guard let context, let line, let replacement else { return nil }
  let source = Unmanaged<ReadlineSource>.fromOpaque(context).takeUnretainedValue()
  guard let found = source.candidates(String(cString: line), cursor: Int(cursor)), !found.texts.isEmpty,
    let from = Int32(exactly: found.start),
    let list = calloc(found.texts.count + 1, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)
  else { return nil }
  let texts = list.bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: found.texts.count + 1)
  for (index, text) in found.texts.enumerated() { texts[index] = strdup(text) }
  replacement.pointee = from
  return texts
}
