// Files: files that are whole after a crash, JSON, logs, locks. `Policies` has saved policies.

/// Whole files in memory, with errors that name the file and the cause.
public enum FileContents {
  /// The bytes of the file at `path`; throws when it is missing, a folder, unreadable or too large.
  ///
  /// A pipe that nobody writes to is waited for until an interrupt, unless it `isStored`: then only a regular file will
  /// do. `most` is the largest size that is read.
  public static func bytes(
    _ path: String, for operation: String, isStored: Bool = false,
    most: Int = min(Runtime.current.memory.limit / 4, 1 << 32)
  ) throws -> [UInt8] {
    try requireName(path, operation)
    // Without waiting, so that opening a pipe that nobody writes to can be interrupted.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path, operation) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path, operation) }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw EngineError(.file, operation, "\(path) is a folder, expected a file")
    }
    guard !isStored || status.st_mode & S_IFMT == S_IFREG else {
      throw EngineError(.file, operation, "\(path) is a pipe or a device, expected a file")
    }
    return try bytes(descriptor, named: path, for: operation, most: most)
  }

  /// The bytes of an open file, pipe or terminal up to its end.
  public static func bytes(
    _ descriptor: Int32, named path: String, for operation: String, most limit: Int
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      repeat { try Interrupt.check(operation) } while poll(&ready, 1, 100) == 0
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR || errno == EAGAIN { continue }
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
    guard path == "~" || path.hasPrefix("~/"), let home = System.variable("HOME") else { return path }
    return home + path.dropFirst()
  }

  /// Refuses a name that is empty, or that the system would cut off.
  static func requireName(_ path: String, _ operation: String) throws(EngineError) {
    guard !path.isEmpty else { throw EngineError(.file, operation, "the name is empty") }
    guard !path.utf8.contains(0) else {
      throw EngineError(
        .file, operation, "the name \(JSON.quoted(path)) has a character of code 0, which no file can have")
    }
  }

  /// The error of a file that cannot be read, for the cause in `errno`.
  public static func unreadable(_ path: String, _ operation: String) -> EngineError {
    let cause = errno == ENOENT ? "there is no such file" : System.message()
    return EngineError(.file, operation, "cannot read \(path): \(cause)")
  }
}
