/// Whole files in memory, with errors that name the file and the cause.
public enum FileContents {
  /// The bytes of the file at `path`; throws when it is missing, a folder, unreadable or too large.
  public static func bytes(_ path: String, for operation: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, operation) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path, operation) }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw EngineError(.file, operation, "\(path) is a folder, expected a file")
    }
    var bytes: [UInt8] = []
    let limit = min(Runtime.current.memory.limit / 4, 1 << 32)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      try Interrupt.check(operation)
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw unreadable(path, operation)
      }
      guard bytes.count + count <= limit else {
        throw EngineError(
          .memory, operation,
          "\(path) is larger than \(MemoryBudget.readable(limit)), which is all that is read")
      }
      bytes += chunk[..<count]
    }
  }

  /// A path whose leading `~` is the home folder.
  public static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
    return String(cString: home) + path.dropFirst()
  }

  static func unreadable(_ path: String, _ operation: String) -> EngineError {
    let cause = errno == ENOENT ? "there is no such file" : String(cString: strerror(errno)).lowercased()
    return EngineError(.file, operation, "cannot read \(path): \(cause)")
  }
}
