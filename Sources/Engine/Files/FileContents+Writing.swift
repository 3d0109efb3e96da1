extension FileContents {
  /// The file's text; bytes that are not UTF-8 become replacement characters.
  public static func text(_ path: String, for operation: String) throws -> String {
    String(decoding: try bytes(path, for: operation), as: UTF8.self)
  }

  /// Writes `text` aside, flushes it to disk and renames it to `path`, so that a crash leaves the old
  /// file or the new one.
  ///
  /// What must not be cut short by an interrupt says so with `isInterruptible: false`.
  public static func write(
    _ text: String, to path: String, for operation: String, isInterruptible: Bool = true
  ) throws(EngineError) {
    let file = try OutputFile(
      creating: aside(path), named: path, for: operation, isInterruptible: isInterruptible)
    do throws(EngineError) {
      try file.write(text)
      try file.finish()
      guard rename(file.path, path) == 0 else { throw unwritable(path, operation) }
    } catch {
      unlink(file.path)
      throw error
    }
  }

  /// What the names of things written aside have in them.
  static let asideMark = ".partial-"

  /// A name beside `path` that nothing has.
  static func aside(_ path: String) -> String {
    "\(path)\(asideMark)\(String(UInt64.random(in: .min ... .max), radix: 16))"
  }

  static func unwritable(_ path: String, _ operation: String) -> EngineError {
    let cause = errno
    return EngineError(
      .file, operation, "cannot write \(path): \(String(cString: strerror(cause)).lowercased())",
      hint: cause == ENOENT ? "the folder has to exist" : nil)
  }
}
