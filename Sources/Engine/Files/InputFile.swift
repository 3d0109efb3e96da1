/// A regular file, open for reading at any place; errors name it and the cause.
final class InputFile {
  let path: String
  let operation: String
  /// Its bytes when it was opened.
  let size: Int
  private let descriptor: Int32

  init(_ path: String, for operation: String) throws(EngineError) {
    try FileContents.requireName(path, operation)
    // Without waiting, so that a pipe nobody writes to is refused at once.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileContents.unreadable(path, operation) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw EngineError(.file, operation, "\(path) is no plain file")
    }
    self.path = path
    self.operation = operation
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  private static let chunk = 1 << 22

  /// Fills `buffer` with the bytes from `offset` on.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(EngineError) {
    var done = 0
    while done < buffer.count {
      try Interrupt.check(operation)
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, min(rest.count, InputFile.chunk), off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileContents.unreadable(path, operation) }
      guard count > 0 else { throw failure("ended at byte \(offset + done) while it was read") }
      done += count
    }
  }

  /// The bytes in `range`, which has to lie within the file.
  func bytes(_ range: Range<Int>) throws(EngineError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(EngineError) in
      try read(UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
    }
    return bytes
  }

  /// An error in what the file holds.
  func failure(_ message: String, hint: String? = nil) -> EngineError {
    EngineError(.file, operation, "\(path): \(message)", hint: hint)
  }
}
