#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FileContents {
  /// The file's text; bytes that are not UTF-8 become replacement characters.
  public static func text(_ path: String, for operation: String) throws -> String {
    String(decoding: try bytes(path, for: operation), as: UTF8.self)
  }

  /// Writes `text` aside, flushes it to disk and renames it to `path`, so that a crash leaves the old
  /// file or the new one.
  public static func write(_ text: String, to path: String, for operation: String) throws(EngineError) {
    let aside = "\(path).partial-\(getpid())"
    guard let file = fopen(aside, "wb") else { throw unwritable(path, operation) }
    let bytes = Array(text.utf8)
    let written = fwrite(bytes, 1, bytes.count, file)
    let flushed = fflush(file) == 0 && fsync(fileno(file)) == 0
    let closed = fclose(file) == 0
    guard written == bytes.count, flushed, closed, rename(aside, path) == 0 else {
      let error = unwritable(path, operation)
      unlink(aside)
      throw error
    }
  }

  private static func unwritable(_ path: String, _ operation: String) -> EngineError {
    EngineError(
      .file, operation, "cannot write \(path): \(String(cString: strerror(errno)).lowercased())",
      hint: errno == ENOENT ? "the folder has to exist" : nil)
  }
}
