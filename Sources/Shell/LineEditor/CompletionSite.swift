/// The part of the input that is to be completed, and what sort of thing belongs there.
///
/// Found from the text alone, by a scan that follows strings, comments and brackets.
struct CompletionSite: Equatable {
  /// The argument of a call in which a text stands.
  struct Argument: Equatable {
    /// The function's name, or the fields that lead to it: `m.f`.
    var callee: String
    /// The argument's name, where it was written.
    var label: String?
    /// How many arguments stand before it, what a `|` hands over included.
    var position: Int
    /// The call's first argument, where that is a plain name: `t`, `r.curve`.
    var subject: String?
  }

  /// What belongs at the cursor.
  enum Kind: Equatable {
    /// A name in scope, or, inside the arguments of `callee`, the name of an argument.
    case name(callee: String?)
    /// A field of what stands before the point: `b`, `pi.optimizer`; nil where that is not a plain name.
    case field(of: String?)
    /// What an argument says in quotes; nil for a text that is none.
    case text(Argument?)
    /// A field of a plain name, in quotes and brackets: `r["two words`.
    case key(of: String)
    /// A command of the shell, after its colon.
    case shellCommand
    /// What stands after a command of the shell.
    case shellArgument(String)
    /// What `?` explains.
    case topic
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
    let first = bytes.firstIndex { !CompletionSite.isBlank($0) } ?? bytes.count
    if first < bytes.count, bytes[first] == UInt8(ascii: "?") {
      let start = bytes[first...].firstIndex { $0 != UInt8(ascii: "?") && !CompletionSite.isBlank($0) }
      self.init(.topic, bytes, from: start ?? bytes.count)
    } else if first < bytes.count, bytes[first] == UInt8(ascii: ":") {
      let name = bytes[(first + 1)...].prefix { !CompletionSite.isBlank($0) }
      let start = bytes[name.endIndex...].firstIndex { !CompletionSite.isBlank($0) } ?? bytes.count
      let isName = name.endIndex == bytes.count
      self.init(
        isName ? .shellCommand : .shellArgument(String(decoding: name, as: UTF8.self)), bytes,
        from: isName ? first + 1 : start)
    } else {
      self.init(code: bytes)
    }
  }

  private init(code bytes: [UInt8]) {
    var scan = Scan()
    scan.run(bytes)
    if scan.isInComment {
      self.init(.nothing, bytes, from: bytes.count)
    } else if let opening = scan.openString {
      self.init(scan.text(bytes), bytes, from: opening + 1)
    } else {
      let start = CompletionSite.wordStart(bytes, before: bytes.count)
      self.init(CompletionSite.kind(bytes, wordStart: start, scan), bytes, from: start)
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
    if before == UInt8(ascii: "."), wordStart > 1 {
      let receiverEnd = wordStart - 1
      let previous = bytes[receiverEnd - 1]
      if previous == UInt8(ascii: ".") { return .name(callee: scan.callee(bytes)) }
      if let receiver = path(bytes, before: receiverEnd) {
        // `1.` is a number that goes on.
        return isDigit(receiver.utf8.first ?? 0) ? .nothing : .field(of: receiver)
      }
      if previous == UInt8(ascii: ")") || previous == UInt8(ascii: "]") { return .field(of: nil) }
    }
    return .name(callee: scan.callee(bytes))
  }

  // MARK: Bytes

  /// Where the word that ends at `end` starts.
  static func wordStart(_ bytes: [UInt8], before end: Int) -> Int {
    var start = end
    while start > 0, isWord(bytes[start - 1]) { start -= 1 }
    return start
  }

  /// The chain of names and points that ends at `end`; nil for one that begins with a call or an element.
  fileprivate static func path(_ bytes: [UInt8], before end: Int) -> String? {
    var start = wordStart(bytes, before: end)
    guard start < end else { return nil }
    while start > 1, bytes[start - 1] == UInt8(ascii: ".") {
      let previous = wordStart(bytes, before: start - 1)
      if previous == start - 1 { return nil }
      start = previous
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// Letters, digits, underscores, and everything beyond ASCII.
  static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || isDigit(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  fileprivate static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}

extension CompletionSite {
  /// What is open at the end of the input: strings, brackets, the statement.
  private struct Scan {
    /// A bracket that is open, or the statements of a block: what may hold arguments.
    private struct Frame {
      /// The bracket; 0 for the program itself.
      var bracket: UInt8
      /// Behind the bracket, or where the statement starts.
      var start: Int
      /// The commas since then, and where the argument starts.
      var commas = 0
      var argumentStart: Int
      /// Where the string starts that is open in it.
      var string: Int?

      var holdsStatements: Bool { bracket == 0 || bracket == UInt8(ascii: "{") }

      mutating func begin(at index: Int) { (start, argumentStart, commas) = (index, index, 0) }
    }

    private var frames = [Frame(bracket: 0, start: 0, argumentStart: 0)]
    private(set) var isInComment = false

    private var top: Frame {
      get { frames[frames.count - 1] }
      set { frames[frames.count - 1] = newValue }
    }

    /// Where the string starts in which the input ends.
    var openString: Int? { top.string }

    mutating func run(_ bytes: [UInt8]) {
      var index = 0
      while index < bytes.count { index += step(bytes, index) }
    }

    /// Reads the byte at `index` and gives the number of bytes that were read.
    private mutating func step(_ bytes: [UInt8], _ index: Int) -> Int {
      let byte = bytes[index]
      if isInComment {
        isInComment = byte != UInt8(ascii: "\n")
        if !isInComment, top.holdsStatements { top.begin(at: index + 1) }
        return 1
      }
      if top.string != nil { return stepInString(bytes, index) }
      switch byte {
      case UInt8(ascii: "#"): isInComment = true
      case UInt8(ascii: "\""): top.string = index
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
        frames.append(Frame(bracket: byte, start: index + 1, argumentStart: index + 1))
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        if frames.count > 1 { frames.removeLast() }
        if byte == UInt8(ascii: "}"), top.holdsStatements { top.begin(at: index + 1) }
      case UInt8(ascii: ","):
        top.commas += 1
        top.argumentStart = index + 1
      case UInt8(ascii: "\n"), UInt8(ascii: ";"): if top.holdsStatements { top.begin(at: index + 1) }
      default: break
      }
      return 1
    }

    private mutating func stepInString(_ bytes: [UInt8], _ index: Int) -> Int {
      switch bytes[index] {
      case UInt8(ascii: "\\"):
        if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "(") {
          frames.append(Frame(bracket: UInt8(ascii: "("), start: index + 2, argumentStart: index + 2))
        }
        return 2
      // A string ends at its line.
      case UInt8(ascii: "\""): top.string = nil
      case UInt8(ascii: "\n"):
        top.string = nil
        if top.holdsStatements { top.begin(at: index + 1) }
      default: break
      }
      return 1
    }

    /// The function whose arguments are being written: `sapo(tau`, or the command `plot runs, x`.
    func callee(_ bytes: [UInt8]) -> String? { call(bytes)?.name }

    /// The same, with where its name starts and the frame that holds its arguments.
    private func call(_ bytes: [UInt8]) -> (name: String, start: Int, frame: Frame)? {
      for frame in frames.reversed() {
        if frame.bracket == UInt8(ascii: "[") { continue }
        if frame.bracket == UInt8(ascii: "(") {
          guard let name = CompletionSite.path(bytes, before: frame.start - 1) else { return nil }
          return (name, frame.start - 1 - name.utf8.count, frame)
        }
        return command(bytes, frame)
      }
      return nil
    }

    /// The word that begins a statement, where arguments may follow it.
    private func command(_ bytes: [UInt8], _ frame: Frame) -> (name: String, start: Int, frame: Frame)? {
      let blank = { CompletionSite.isBlank($0) || $0 == UInt8(ascii: "\n") }
      let statement = bytes[min(frame.start, bytes.count)...].drop(while: blank)
      let word = statement.prefix(while: CompletionSite.isWord)
      let rest = statement.dropFirst(word.count)
      guard !word.isEmpty, let next = rest.first, CompletionSite.isBlank(next) else { return nil }
      // `x = ...` and `x + ...` are no commands.
      if let first = rest.drop(while: CompletionSite.isBlank).first, !CompletionSite.mayStartArgument(first) {
        return nil
      }
      var frame = frame
      if frame.commas == 0 { frame.argumentStart = word.endIndex }
      frame.start = word.endIndex
      return (String(decoding: word, as: UTF8.self), word.startIndex, frame)
    }

    /// What the string stands for in which the input ends.
    func text(_ bytes: [UInt8]) -> Kind {
      let opening = top.string ?? bytes.count
      if top.bracket == UInt8(ascii: "["), let receiver = CompletionSite.path(bytes, before: top.start - 1) {
        // `r["` has a field of `r`; `t[t.arm == "` has none.
        let isIndex = bytes[top.argumentStart..<opening].allSatisfy(CompletionSite.isBlank)
        return isIndex ? .key(of: receiver) : .text(nil)
      }
      guard let (name, start, frame) = call(bytes) else { return .text(nil) }
      let argument = bytes[frame.argumentStart...].drop {
        CompletionSite.isBlank($0) || $0 == UInt8(ascii: "\n")
      }
      let word = argument.prefix(while: CompletionSite.isWord)
      let isLabel = argument.dropFirst(word.count).first == UInt8(ascii: ":")
      let before = bytes[..<start].last { !CompletionSite.isBlank($0) && $0 != UInt8(ascii: "\n") }
      let isPiped = before == UInt8(ascii: "|")
      return .text(
        Argument(
          callee: name, label: isLabel ? String(decoding: word, as: UTF8.self) : nil,
          position: frame.commas + (isPiped ? 1 : 0),
          subject: isPiped ? piped(bytes, before: start) : first(bytes, frame)))
    }

    /// The first argument, where it is a plain name.
    private func first(_ bytes: [UInt8], _ frame: Frame) -> String? {
      let text = bytes[frame.start...].drop { CompletionSite.isBlank($0) || $0 == UInt8(ascii: "\n") }
      let name = text.prefix { CompletionSite.isWord($0) || $0 == UInt8(ascii: ".") }
      let after = text.dropFirst(name.count).first { !CompletionSite.isBlank($0) }
      let isName = name.first.map { !CompletionSite.isDigit($0) } ?? false
      return isName && after == UInt8(ascii: ",") ? String(decoding: name, as: UTF8.self) : nil
    }

    /// What the nearest `|` before `start` hands over, or what the first of several does, where it is a plain name.
    private func piped(_ bytes: [UInt8], before start: Int) -> String? {
      let statement = bytes[min(frames.last { $0.holdsStatements }?.start ?? 0, start)..<start]
      guard let bar = statement.firstIndex(of: UInt8(ascii: "|")) else { return nil }
      var end = bar
      while end > statement.startIndex, CompletionSite.isBlank(bytes[end - 1]) || bytes[end - 1] == 10 {
        end -= 1
      }
      return CompletionSite.path(bytes, before: end)
    }
  }

  private static func mayStartArgument(_ byte: UInt8) -> Bool {
    isWord(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "(")
      || byte == UInt8(ascii: "{")
  }
}
