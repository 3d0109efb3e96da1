/// A new file that is on disk once `finish` returns.
final class OutputFile {
  /// Where it is.
  let path: String
  private let name: String
  private let operation: String
  private let isInterruptible: Bool
  private var descriptor: Int32

  /// Creates the file.
  ///
  /// `name` is what messages call it. Throws when there is something called `path`.
  init(
    creating path: String, named name: String, for operation: String, isInterruptible: Bool = true
  ) throws(EngineError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    self.path = path
    self.name = name
    self.operation = operation
    self.isInterruptible = isInterruptible
    guard descriptor >= 0 else { throw FileContents.unwritable(name, operation) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static let chunk = 1 << 22

  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(EngineError) {
    var done = 0
    while done < bytes.count {
      if isInterruptible { try Interrupt.check(operation) }
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = writeBytes(descriptor, rest.baseAddress, min(rest.count, OutputFile.chunk))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileContents.unwritable(name, operation) }
      done += count
    }
  }

  /// Appends a text in UTF-8.
  func write(_ text: String) throws(EngineError) { try write(Array(text.utf8)) }

  /// Appends bytes.
  func write(_ bytes: [UInt8]) throws(EngineError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(EngineError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Flushes the file to disk and closes it.
  func finish() throws(EngineError) {
    let flushed = fsync(descriptor) == 0
    let closed = close(descriptor) == 0
    descriptor = -1
    guard flushed, closed else { throw FileContents.unwritable(name, operation) }
  }
}
