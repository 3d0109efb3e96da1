/// A file that grows at its end, record by record.
///
/// A record is handed to the system in one write, so that a process that is killed leaves whole records, but for the
/// last one where the disk was full. `synchronize` makes them survive a crash of the machine.
public final class LogFile: Sendable {
  private let path: String
  private let operation: String
  private let descriptor: Int32

  /// Opens the file, made where it is missing, and cuts off what lies behind its first `bytes`.
  public init(_ path: String, keeping bytes: Int, for operation: String) throws(EngineError) {
    self.path = path
    self.operation = operation
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileContents.unwritable(path, operation) }
    guard try size() >= bytes else {
      throw EngineError(
        .file, operation, "\(path) has \(try size()) bytes, expected at least \(bytes)",
        hint: "it was changed since the checkpoint was written")
    }
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw FileContents.unwritable(path, operation) }
  }

  deinit { close(descriptor) }

  /// How many bytes it has.
  public func size() throws(EngineError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileContents.unreadable(path, operation) }
    return Int(status.st_size)
  }

  /// Adds a record.
  ///
  /// It is not looked at the interrupt: what is written down has been computed.
  public func append(_ record: [UInt8]) throws(EngineError) {
    var done = 0
    while done < record.count {
      let count = record[done...].withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileContents.unwritable(path, operation) }
      done += count
    }
  }

  /// Flushes it to disk.
  public func synchronize() throws(EngineError) {
    guard fsync(descriptor) == 0 else { throw FileContents.unwritable(path, operation) }
  }
}
