import Engine
import Synchronization

/// Standard output and standard error, written to at once.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  private static let brokenPipeStatus: Int32 = 141
  private static let cause = Atomic<Int32>(0)

  /// Why results could not be written; nil while they could.
  static var failure: String? {
    let cause = cause.load(ordering: .relaxed)
    return cause == 0 ? nil : "cannot write standard output: \(System.message(cause))"
  }

  /// Writes all of `text`.
  ///
  /// When nobody reads results any more, as after `rls long.rls | head`, the process ends as SIGPIPE would
  /// end it; what nobody reads of standard error is dropped. When results cannot be written for another reason, such as
  /// a full disk, the program is stopped, and `failure` says why.
  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count, let base = bytes.baseAddress {
        let count = writeBytes(rawValue, base + done, bytes.count - done)
        if count < 0, errno == EPIPE, self == .output { _exit(StandardStream.brokenPipeStatus) }
        if count < 0, errno == EAGAIN {
          var ready = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
          poll(&ready, 1, 100)
          if Interrupt.isRequested { return }
          continue
        }
        if count < 0, errno != EINTR {
          if self == .output {
            StandardStream.cause.store(errno, ordering: .relaxed)
            Interrupt.request()
          }
          return
        }
        done += max(count, 0)
      }
    }
  }
}
