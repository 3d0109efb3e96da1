import Engine

/// Standard output and standard error, written to at once.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  private static let brokenPipeStatus: Int32 = 141

  /// Writes all of `text`.
  ///
  /// When nobody reads results any more, as after `rls long.rls | head`, the process ends as SIGPIPE would
  /// end it; what nobody reads of standard error is dropped.
  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count, let base = bytes.baseAddress {
        let count = writeBytes(rawValue, base + done, bytes.count - done)
        if count < 0, errno == EPIPE, self == .output { _exit(StandardStream.brokenPipeStatus) }
        if count < 0, errno != EINTR { return }
        done += max(count, 0)
      }
    }
  }
}
