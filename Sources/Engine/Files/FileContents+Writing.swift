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
    try write(Array(text.utf8), to: path, for: operation, isInterruptible: isInterruptible)
  }

  /// Writes bytes the same way.
  public static func write(
    _ bytes: [UInt8], to path: String, for operation: String, isInterruptible: Bool = true
  ) throws(EngineError) {
    try requireName(path, operation)
    let target = resolved(path)
    let mode = try replaceableMode(target, operation)
    let file = try OutputFile(
      creating: aside(target), named: path, for: operation, isInterruptible: isInterruptible)
    do throws(EngineError) {
      try file.write(bytes)
      if let mode { chmod(file.path, mode) }
      try file.finish()
      guard rename(file.path, target) == 0 else { throw unwritable(path, operation) }
    } catch {
      unlink(file.path)
      throw error
    }
  }

  /// The whole path of a file or folder, without links; `path` itself where there is nothing.
  public static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The permissions of the file at `path`, which a new one takes over; nil where there is none.
  ///
  /// Throws for what is no regular file, such as a device or a pipe, and for a file that may not be written.
  private static func replaceableMode(_ path: String, _ operation: String) throws(EngineError) -> mode_t? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw unwritable(path, operation)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFLNK:
      throw EngineError(
        .file, operation, "\(path) is a link to a file that does not exist",
        hint: "remove the link, or make the file")
    case S_IFDIR:
      throw EngineError(.file, operation, "\(path) is a folder, expected a file", hint: "choose another name")
    default:
      throw EngineError(
        .file, operation, "\(path) is no regular file but a device, a pipe or a socket",
        hint: "to write to standard output, use print")
    }
    guard access(path, W_OK) == 0 else { throw unwritable(path, operation) }
    return status.st_mode & 0o7777
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
      .file, operation, "cannot write \(path): \(System.message(cause))",
      hint: cause == ENOENT ? "the folder has to exist" : nil)
  }
}
