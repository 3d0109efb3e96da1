/// Changes to files that are there.
extension FileContents {
  /// Adds `text` at the end of the file at `path` in one piece; makes the file where there is none.
  public static func append(_ text: String, to path: String, for operation: String) throws(EngineError) {
    try requireName(path, operation)
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw unwritable(path, operation) }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unwritable(path, operation) }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Removes a file, or a folder with nothing in it.
  public static func remove(_ path: String, for operation: String) throws(EngineError) {
    try requireName(path, operation)
    let removed = Folder.isFolder(path) ? rmdir(path) : unlink(path)
    if removed != 0 {
      throw EngineError(
        .file, operation, "cannot remove \(path): \(System.message())")
    }
  }
}
