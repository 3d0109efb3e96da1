import CZeroMQ
import Engine

/// ZeroMQ's library with the sockets that a kernel listens on.
final class MessageContext: @unchecked Sendable {
  private let context: UnsafeMutableRawPointer

  /// Whether the library is on this machine.
  static var isAvailable: Bool { czmq_load() != 0 }

  /// What to do where it is not.
  static let remedy =
    "install it: `apt-get install libzmq5` on Debian and Ubuntu, `brew install zeromq` on macOS"

  /// Loads the library; throws where it is not.
  init() throws(EngineError) {
    guard MessageContext.isAvailable, let context = czmq_context() else {
      throw EngineError(
        .file, "kernel", "ZeroMQ's library, libzmq, is not on this machine", hint: MessageContext.remedy)
    }
    self.context = context
  }

  /// A socket that listens at `endpoint`.
  func socket(_ kind: MessageSocket.Kind, _ endpoint: String) throws(EngineError) -> MessageSocket {
    var error: Int32 = 0
    guard let socket = czmq_bind(context, kind.number, endpoint, &error) else {
      throw EngineError(
        .file, "kernel", "cannot listen at \(endpoint): \(String(cString: czmq_message(error)))")
    }
    return MessageSocket(socket)
  }

  /// Ends all waiting for messages, on every thread.
  func shutDown() { czmq_shutdown(context) }

  /// Waits for what was sent, after all sockets have been closed.
  func close() { czmq_free(context) }
}

/// A socket, which belongs to one thread at a time.
final class MessageSocket: @unchecked Sendable {
  private let socket: UnsafeMutableRawPointer

  /// What a socket does.
  enum Kind {
    /// Sends to everybody who listens.
    case publish
    /// Takes a request and answers it, in turn.
    case reply
    /// Takes messages from many, and answers each.
    case router

    fileprivate var number: CZMQKind {
      switch self {
      case .publish: .publish
      case .reply: .reply
      case .router: .router
      }
    }
  }

  fileprivate init(_ socket: UnsafeMutableRawPointer) { self.socket = socket }

  /// What came of waiting for a message.
  enum Arrival {
    case message([[UInt8]])
    case nothing
    /// The context was shut down.
    case end
  }

  /// The next message, or nothing when none has come after `milliseconds`, or a signal has; nil waits forever.
  func receive(within milliseconds: Int? = nil) -> Arrival {
    var isReady: Int32 = 0
    guard czmq_wait(socket, Int64(milliseconds ?? -1), &isReady) == 0 else { return .end }
    if isReady == 0 { return .nothing }
    var frames: [[UInt8]] = []
    var hasMore: Int32 = 1
    while hasMore != 0 {
      var bytes: UnsafeMutablePointer<UInt8>?
      var count = 0
      // All frames of a message come together.
      let error = czmq_receive(socket, &bytes, &count, &hasMore)
      guard error == 0, let bytes else { return error == czmq_ended ? .end : .nothing }
      frames.append(Array(UnsafeBufferPointer(start: bytes, count: count)))
      free(bytes)
    }
    return .message(frames)
  }

  /// Sends a message; one that cannot be sent, since the kernel is ending, is dropped.
  func send(_ frames: [[UInt8]]) {
    for (index, frame) in frames.enumerated() {
      guard czmq_send(socket, frame, frame.count, index + 1 < frames.count ? 1 : 0) == 0 else { return }
    }
  }

  func close() { czmq_close(socket) }
}
