import Glibc

/// Standard output and standard error, written to at once.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Writes all of `text`; what nobody reads any more is dropped.
  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count, let base = bytes.baseAddress {
        let count = Glibc.write(rawValue, base + done, bytes.count - done)
        if count < 0, errno != EINTR { return }
        done += max(count, 0)
      }
    }
  }
}
