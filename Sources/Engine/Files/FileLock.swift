/// A file that one process at a time holds, and one thread of it.
///
/// The system lets go of it when the holder ends, however it ends: there is nothing to clean up after a crash, and no
/// clock that has to be right. It works across machines where the shared file system passes locks on, as NFS does.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock at `path`, which is made where it is missing; nil while somebody else has it.
  public static func take(_ path: String, for operation: String) throws(EngineError) -> FileLock? {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileContents.unwritable(path, operation) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      let cause = errno
      close(descriptor)
      if cause == EWOULDBLOCK { return nil }
      throw EngineError(
        .file, operation, "cannot lock \(path): \(System.message(cause))",
        hint: "the file system has to pass locks on; mount it with them, or choose a local folder")
    }
    return FileLock(descriptor)
  }

  /// Whether somebody holds the lock at `path` now; nothing is made or changed.
  public static func isHeld(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// When the lock at `path` was made, in whole seconds since 1970; nil where there is none.
  public static func time(_ path: String) -> Double? {
    var status = stat()
    return stat(path, &status) == 0 ? Double(Platform.modificationTime(status)) : nil
  }

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
