/// The part of the input that is to be completed, and what sort of thing belongs there.
///
/// Found from the text alone, by a scan that follows strings, comments and brackets.
struct CompletionSite: Equatable {
  /// What belongs at the cursor.
  enum Kind: Equatable {
    /// A name in scope, or, inside the arguments of `callee`, the name of an argument.
    case name(callee: String?)
    /// A field of what stands before the point: `b`, `pi.optimizer`; nil where that is not a plain name.
    case field(of: String?)
    /// A file below `directory` (as written, empty or with a slash at its end), inside a string.
    case path(directory: String)
    /// A command of the shell, after its colon.
    case shellCommand
    /// Nothing: a comment, a number.
    case nothing
  }

  var kind: Kind
  /// What has been typed of it.
  var prefix: String
  /// The byte (UTF-8) at which `prefix` starts.
  var start: Int

  /// The site before byte `cursor` (UTF-8) of `text`.
  init(in text: String, cursor: Int) {
    let bytes = Array(text.utf8.prefix(max(cursor, 0)))
    var scan = Scan()
    scan.run(bytes)

    if scan.isInComment {
      self = CompletionSite(.nothing, bytes, from: bytes.count)
    } else if let opening = scan.openString {
      let slash = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
      let start = max(slash, opening + 1)
      let directory = String(decoding: bytes[(opening + 1)..<start], as: UTF8.self)
      self = CompletionSite(.path(directory: directory), bytes, from: start)
    } else {
      let start = CompletionSite.wordStart(bytes, before: bytes.count)
      self = CompletionSite(CompletionSite.kind(bytes, wordStart: start, scan), bytes, from: start)
    }
  }

  private init(_ kind: Kind, _ bytes: [UInt8], from start: Int) {
    self.kind = kind
    self.prefix = String(decoding: bytes[start...], as: UTF8.self)
    self.start = start
  }

  private static func kind(_ bytes: [UInt8], wordStart: Int, _ scan: Scan) -> Kind {
    if wordStart < bytes.count, isDigit(bytes[wordStart]) { return .nothing }
    let before = wordStart > 0 ? bytes[wordStart - 1] : 0
    if before == UInt8(ascii: ":"), bytes[..<(wordStart - 1)].allSatisfy(isBlank) { return .shellCommand }
    if before == UInt8(ascii: "."), wordStart > 1 {
      let receiverEnd = wordStart - 1
      let previous = bytes[receiverEnd - 1]
      if previous == UInt8(ascii: ".") { return .name(callee: scan.callee(bytes)) }
      let start = receiverStart(bytes, before: receiverEnd)
      if start < receiverEnd {
        // `1.` is a number that goes on.
        if isDigit(bytes[start]) { return .nothing }
        return .field(of: String(decoding: bytes[start..<receiverEnd], as: UTF8.self))
      }
      if previous == UInt8(ascii: ")") || previous == UInt8(ascii: "]") { return .field(of: nil) }
    }
    return .name(callee: scan.callee(Array(bytes[..<wordStart])))
  }

  // MARK: Bytes

  /// Where the word that ends at `end` starts.
  static func wordStart(_ bytes: [UInt8], before end: Int) -> Int {
    var start = end
    while start > 0, isWord(bytes[start - 1]) { start -= 1 }
    return start
  }

  /// Where the chain of names and points that ends at `end` starts.
  private static func receiverStart(_ bytes: [UInt8], before end: Int) -> Int {
    var start = wordStart(bytes, before: end)
    while start > 1, start < end, bytes[start - 1] == UInt8(ascii: ".") {
      let previous = wordStart(bytes, before: start - 1)
      // A chain that begins with a call or an index has no name to look up.
      if previous == start - 1 { return end }
      start = previous
    }
    return start
  }

  /// Letters, digits, underscores, and everything beyond ASCII.
  static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || isDigit(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}

extension CompletionSite {
  /// What is open at the end of the input: strings, brackets, the statement.
  private struct Scan {
    private enum Opening {
      case bracket(UInt8, callee: String?)
      /// A string, and where it starts.
      case string(Int)
    }

    private var open: [Opening] = []
    private var statementStart = 0
    private(set) var isInComment = false

    /// Where the string starts in which the input ends.
    var openString: Int? {
      if case .string(let start)? = open.last { start } else { nil }
    }

    mutating func run(_ bytes: [UInt8]) {
      var index = 0
      while index < bytes.count {
        index += step(bytes, index)
      }
    }

    /// Reads the byte at `index` and gives the number of bytes that were read.
    private mutating func step(_ bytes: [UInt8], _ index: Int) -> Int {
      let byte = bytes[index]
      if isInComment {
        if byte == UInt8(ascii: "\n") { (isInComment, statementStart) = (false, index + 1) }
        return 1
      }
      if openString != nil { return stepInString(bytes, index) }
      switch byte {
      case UInt8(ascii: "#"): isInComment = true
      case UInt8(ascii: "\""): open.append(.string(index))
      case UInt8(ascii: "("), UInt8(ascii: "["):
        let start = CompletionSite.wordStart(bytes, before: index)
        let callee =
          byte == UInt8(ascii: "(") && start < index
          ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
        open.append(.bracket(byte, callee: callee))
      case UInt8(ascii: "{"):
        open.append(.bracket(byte, callee: nil))
        statementStart = index + 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        _ = open.popLast()
        if byte == UInt8(ascii: "}") { statementStart = index + 1 }
      case UInt8(ascii: "\n"), UInt8(ascii: ";"): statementStart = index + 1
      default: break
      }
      return 1
    }

    private mutating func stepInString(_ bytes: [UInt8], _ index: Int) -> Int {
      switch bytes[index] {
      case UInt8(ascii: "\\"):
        if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "(") {
          open.append(.bracket(UInt8(ascii: "("), callee: nil))
        }
        return 2
      // A string ends at its line.
      case UInt8(ascii: "\""): _ = open.popLast()
      case UInt8(ascii: "\n"):
        _ = open.popLast()
        statementStart = index + 1
      default: break
      }
      return 1
    }

    /// The function whose arguments are being written: `sapo(tau`, or the command `plot runs, x`.
    func callee(_ bytes: [UInt8]) -> String? {
      for opening in open.reversed() {
        guard case .bracket(let bracket, let callee) = opening else { continue }
        if bracket == UInt8(ascii: "(") { return callee }
        if bracket == UInt8(ascii: "{") { break }
      }
      let statement = bytes[min(statementStart, bytes.count)...].drop(while: CompletionSite.isBlank)
      let word = statement.prefix(while: CompletionSite.isWord)
      let rest = statement.dropFirst(word.count)
      guard !word.isEmpty, let next = rest.first, CompletionSite.isBlank(next) else { return nil }
      // `x = ...` and `x + ...` are no commands.
      if let first = rest.drop(while: CompletionSite.isBlank).first, !CompletionSite.mayStartArgument(first) {
        return nil
      }
      return String(decoding: word, as: UTF8.self)
    }
  }

  private static func mayStartArgument(_ byte: UInt8) -> Bool {
    isWord(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "(")
      || byte == UInt8(ascii: "{")
  }
}
