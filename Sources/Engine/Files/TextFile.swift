#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Files of text, read whole and written so that a crash leaves the old one or the new one.
public enum TextFile {
  /// The largest file that is read.
  public static let maximumBytes = 1 << 30

  /// The file's text; bytes that are no UTF-8 become replacement characters.
  public static func read(_ path: String, for operation: String) throws(EngineError) -> String {
    guard let file = fopen(path, "rb") else { throw failure(operation, path, "cannot be read") }
    defer { fclose(file) }
    var information = stat()
    guard fstat(fileno(file), &information) == 0 else { throw failure(operation, path, "cannot be read") }
    if information.st_mode & S_IFMT == S_IFDIR { throw EngineError(.file, operation, "\(path) is a folder, expected a file") }
    if information.st_size > maximumBytes {
      throw EngineError(.file, operation, "\(path) has \(MemoryBudget.readable(Int(information.st_size))), at most \(MemoryBudget.readable(maximumBytes)) are read")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(information.st_size))
    let chunk = 1 << 16
    while true {
      let read = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: chunk) { buffer in
        let count = fread(buffer.baseAddress, 1, chunk, file)
        bytes.append(contentsOf: buffer.prefix(count))
        return count
      }
      if read == 0 { break }
      if bytes.count > maximumBytes { throw EngineError(.file, operation, "\(path) is larger than \(MemoryBudget.readable(maximumBytes))") }
      try Interrupt.check(operation)
    }
    if ferror(file) != 0 { throw failure(operation, path, "cannot be read") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes aside, flushes to disk and renames.
  public static func write(_ text: String, to path: String, for operation: String) throws(EngineError) {
    let aside = "\(path).partial-\(getpid())"
    guard let file = fopen(aside, "wb") else { throw failure(operation, path, "cannot be written") }
    let bytes = Array(text.utf8)
    let written = fwrite(bytes, 1, bytes.count, file)
    let flushed = fflush(file) == 0 && fsync(fileno(file)) == 0
    let closed = fclose(file) == 0
    guard written == bytes.count, flushed, closed, rename(aside, path) == 0 else {
      let error = failure(operation, path, "cannot be written")
      unlink(aside)
      throw error
    }
  }

  private static func failure(_ operation: String, _ path: String, _ what: String) -> EngineError {
    let reason = String(cString: strerror(errno))
    return EngineError(
      .file, operation, "\(path) \(what): \(reason.lowercased())",
      hint: errno == ENOENT ? "is the path right, seen from the current folder?" : nil)
  }
}
