import CReadline
import Lang

/// Inputs from a terminal, edited with GNU readline: history, completion, bracketed paste.
///
/// Where the terminal can move its cursor, a whole input is edited in place; on others, line by line. There is one of
/// these a process, used on one thread. While nobody waits for input the terminal echoes nothing, and Ctrl-C sets the
/// interrupt flag and does nothing else.
final class ReadlineSource: LineSource {
  private let session: Session
  private let history: History
  private let reader: InputReader
  private let completion: SessionCompletion
  private let terminal: () -> Terminal
  private let editsBlocks: Bool
  private let display = BlockDisplay(write: { StandardStream.output.write($0) })
  private var suggestions = Suggestions()
  private var prompt = ""
  /// What the list below the block shows, until the next key.
  private var panel: [BlockLayout.Row] = []
  private var candidates: CompletionCandidates?
  private var hasLoadedHistory = false

  /// Sets readline up, or gives nil where standard input is no terminal that it can use.
  ///
  /// `interruptFlag` is set to 1 by every Ctrl-C from now on, and cleared when a prompt appears.
  init?(
    session: Session, history: History, reader: InputReader, interruptFlag: UnsafeMutablePointer<Int32>,
    terminal: @escaping () -> Terminal
  ) {
    self.session = session
    self.history = history
    self.reader = reader
    self.completion = SessionCompletion(session)
    self.terminal = terminal
    self.editsBlocks = terminal().movesCursor
    var owner = CRLOwner()
    owner.context = Unmanaged.passUnretained(self).toOpaque()
    owner.complete = completeThroughSource
    if editsBlocks {
      owner.enter = { context, text, cursor in source(context).enter(text, Int(cursor)) }
      owner.draw = { context, text, cursor, message, drawing in
        source(context).draw(text, Int(cursor), message, drawing)
      }
      owner.list = { context in source(context).list() }
      owner.suggest = { context, text, word in source(context).suggestion(text, isWord: word != 0) }
      owner.edit = { _, text in
        guard let text, let edited = try? ForeignProgram.edited(String(cString: text)) else { return nil }
        return strdup(edited)
      }
    }
    guard crl_start(interruptFlag, &owner) == 0 else { return nil }
  }

  deinit { crl_stop() }

  func readLine(prompt: String) -> LineEvent {
    if !hasLoadedHistory {
      hasLoadedHistory = true
      for entry in history.entries { crl_history_add(entry) }
    }
    self.prompt = prompt
    crl_begin(prompt)
    while true {
      let outcome = crl_step(-1)
      panel = []
      switch outcome {
      case .pending: continue
      case .interrupted:
        // A block takes long to type: it can be called back, as long as the session lasts.
        if let dropped = line(), dropped.contains("\n") { crl_history_add(dropped) }
        return .interrupted
      case .end: return .endOfInput
      case .line: return line().map { editsBlocks ? .input($0) : .line($0) } ?? .endOfInput
      }
    }
  }

  private func line() -> String? {
    guard let line = crl_take_line() else { return nil }
    defer { free(line) }
    return String(cString: line)
  }

  func remember(_ entry: String) {
    suggestions.forget()
    if history.append(entry) { crl_history_add(entry) }
  }

  // MARK: What readline asks

  fileprivate func enter(_ text: UnsafePointer<CChar>?, _ cursor: Int) -> Int32 {
    let bytes = ReadlineSource.bytes(text)
    let before = String(decoding: bytes.prefix(cursor), as: UTF8.self)
    let after = String(decoding: bytes.dropFirst(cursor), as: UTF8.self)
    return Int32(clamping: reader.indentation(after: before, before: after) ?? -1)
  }

  fileprivate func draw(
    _ text: UnsafePointer<CChar>?, _ cursor: Int, _ message: UnsafePointer<CChar>?, _ drawing: CRLDrawing
  ) {
    let terminal = terminal()
    let bytes = ReadlineSource.bytes(text)
    let isLast = drawing == .final || drawing == .dropped
    var layout: BlockLayout {
      let string = String(decoding: bytes, as: UTF8.self)
      let outline = terminal.usesColour && !InputReader.isMeta(string) ? InputOutline(string) : nil
      let dropped = drawing == .dropped ? "^C" : nil
      let suggestion =
        isLast || cursor < bytes.count || message != nil ? nil : shownSuggestion(string, terminal)
      return BlockLayout(
        bytes, cursor: isLast ? bytes.count : cursor,
        prompt: message.map { String(cString: $0) } ?? prompt,
        continuation: BlockLayout.continuation(of: prompt),
        highlights: outline?.highlights(cursor: cursor, in: session) ?? [],
        brackets: isLast ? nil : outline?.bracketPair(at: cursor),
        suggestion: dropped ?? suggestion ?? "", columns: terminal.width, usesColour: terminal.usesColour)
    }
    if drawing == .fresh { display.forget() }
    if isLast {
      display.finish(layout, columns: terminal.width, lines: terminal.height)
    } else {
      display.draw(
        layout, panel: panel, columns: terminal.width, lines: terminal.height, again: drawing == .again)
    }
  }

  private func shownSuggestion(_ text: String, _ terminal: Terminal) -> String? {
    guard terminal.usesColour, let rest = suggested(text) else { return nil }
    let line = rest.prefix { $0 != "\n" }
    return line.utf8.count < rest.utf8.count ? line + " ..." : rest
  }

  private func suggested(_ text: String) -> String? {
    session.settings.suggestions ? suggestions.rest(of: text, in: history.entries) : nil
  }

  fileprivate func suggestion(
    _ text: UnsafePointer<CChar>?, isWord: Bool
  ) -> UnsafeMutablePointer<CChar>? {
    let text = String(decoding: ReadlineSource.bytes(text), as: UTF8.self)
    guard terminal().usesColour, let rest = suggested(text) else {
      return nil
    }
    return strdup(isWord ? Suggestions.word(of: rest) : rest)
  }

  fileprivate func list() {
    guard let candidates else { return }
    panel = CandidateList.rows(candidates.all, terminal())
  }

  fileprivate func complete(_ text: String, cursor: Int) -> CompletionCandidates? {
    candidates = completion.complete(text, cursor: cursor)
    return candidates
  }

  private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
    guard let text else { return [] }
    return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}

private func source(_ context: UnsafeMutableRawPointer?) -> ReadlineSource {
  // Readline gets the context in `init` and gives it back unchanged.
  Unmanaged<ReadlineSource>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
}

/// Answers readline's question for completions; `context` is the `ReadlineSource`.
private func completeThroughSource(
  _ context: UnsafeMutableRawPointer?, _ line: UnsafePointer<CChar>?, _ cursor: Int32, _ start: Int32,
  _ replacement: UnsafeMutablePointer<Int32>?
) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
  guard let line, let replacement else { return nil }
  guard let found = source(context).complete(String(cString: line), cursor: Int(cursor)),
    !found.all.isEmpty,
    let from = Int32(exactly: found.start),
    let list = calloc(found.all.count + 1, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)
  else { return nil }
  let texts = list.bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: found.all.count + 1)
  for (index, candidate) in found.all.enumerated() { texts[index] = strdup(candidate.text) }
  replacement.pointee = from
  return texts
}
