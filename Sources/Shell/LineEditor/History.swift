import Engine

/// What was typed in this session and in earlier ones, kept in a file of its own.
///
/// One JSON string per line, appended after each input, so that sessions side by side lose nothing and a
/// killed one loses at most its last line. A file that cannot be read or written is no error: the history
/// then lasts as long as the session.
final class History {
  /// As many entries as are read back.
  static let limit = 5000
  private static let largestFile = 8 << 20
  private static let longestEntry = 1 << 20

  private let path: String?
  private var loaded: [String]?

  /// A history in the file `path`, or in memory alone.
  init(path: String?) { self.path = path }

  /// The history file: `rls/history` below `$XDG_STATE_HOME`, or below `~/.local/state`.
  ///
  /// As the XDG specification asks, a state folder that is not absolute counts as unset.
  static func defaultPath(environment: (String) -> String?) -> String? {
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/rls/history" }
    guard let home = environment("HOME"), !home.isEmpty else { return nil }
    return home + "/.local/state/rls/history"
  }

  /// The last entries, oldest first; the file is read when this is first asked for.
  var entries: [String] {
    if let loaded { return loaded }
    let entries = read()
    loaded = entries
    return entries
  }

  /// Adds an input and gives whether it was taken.
  ///
  /// Blank inputs, those that begin with a space and repetitions of the last one are left out.
  @discardableResult
  func append(_ entry: String) -> Bool {
    var entry = entry
    while entry.last?.isNewline == true { entry.removeLast() }
    guard !entry.hasPrefix(" "), !entry.allSatisfy(\.isWhitespace), entry != entries.last else {
      return false
    }
    loaded = (entries + [entry]).suffix(History.limit)
    if entry.utf8.count <= History.longestEntry { write(JSON.quoted(entry)) }
    return true
  }

  // MARK: The file

  private func read() -> [String] {
    guard let path else { return [] }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
    let size = Int(status.st_size)
    let offset = max(0, size - History.largestFile)
    guard lseek(file, off_t(offset), SEEK_SET) >= 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: size - offset)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        readBytes(file, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if got <= 0 { break }
      count += got
    }
    var entries: [String] = []
    for line in bytes.prefix(count).split(separator: UInt8(ascii: "\n")).suffix(2 * History.limit) {
      if case .string(let entry)? = try? JSON.parse(line), entry != entries.last { entries.append(entry) }
    }
    return entries.suffix(History.limit)
  }

  private func write(_ line: String) {
    guard let path else { return }
    var file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    if file < 0 && errno == ENOENT {
      History.makeFolders(for: path)
      file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    }
    guard file >= 0 else { return }
    defer { close(file) }
    // A session that was killed while writing may have left half a line.
    var last: UInt8 = UInt8(ascii: "\n")
    if lseek(file, -1, SEEK_END) >= 0 { _ = readBytes(file, &last, 1) }
    let text = (last == UInt8(ascii: "\n") ? "" : "\n") + line + "\n"
    _ = Array(text.utf8).withUnsafeBytes { writeBytes(file, $0.baseAddress, $0.count) }
  }

  private static func makeFolders(for path: String) {
    let parts = path.split(separator: "/").dropLast()
    var folder = path.hasPrefix("/") ? "" : "."
    for part in parts {
      folder += "/" + part
      mkdir(folder, 0o700)
    }
  }
}
