import Engine
import Lang

/// A message of Jupyter's protocol, version 5.3.
struct KernelMessage: Equatable {
  /// Who sent it or is to get it, as ZeroMQ writes it before the message.
  var identities: [[UInt8]] = []
  var header: JSON
  /// The header of the request that this belongs to.
  var parent: JSON
  var metadata: JSON = [:]
  var content: JSON

  /// What is wrong with frames that are not a message.
  struct Problem: Error, Equatable { let description: String }

  /// What stands between the identities and the message.
  private static let delimiter = Array("<IDS|MSG>".utf8)

  /// A new message that belongs to the request with the header `parent`.
  init(_ kind: String, _ content: JSON, parent: JSON, session: String) {
    header = [
      "msg_id": .string(KernelMessage.newName()), "session": .string(session), "username": "rls",
      "date": .string(KernelMessage.now()), "msg_type": .string(kind), "version": "5.3",
    ]
    self.parent = parent
    self.content = content
  }

  /// Reads a message and checks its signature; buffers behind it are ignored.
  init(_ frames: [[UInt8]], _ signature: MessageSignature) throws(Problem) {
    guard let place = frames.firstIndex(of: KernelMessage.delimiter), frames.count >= place + 6 else {
      throw Problem(description: "a message of \(frames.count) frames is not laid out as Jupyter's are")
    }
    let parts = Array(frames[(place + 2)..<(place + 6)])
    guard signature.isValid(frames[place + 1], of: parts) else {
      throw Problem(description: "a message has the wrong signature")
    }
    identities = Array(frames[..<place])
    func json(_ part: Int) throws(Problem) -> JSON {
      do {
        return try JSON.parse(parts[part])
      } catch {
        throw Problem(description: "a message is no JSON: \(error.message)")
      }
    }
    (header, parent, metadata, content) = (try json(0), try json(1), try json(2), try json(3))
  }

  /// The frames to send.
  func frames(_ signature: MessageSignature) -> [[UInt8]] {
    let parts = [header, parent, metadata, content].map { Array($0.line.utf8) }
    return identities + [KernelMessage.delimiter, Array(signature.text(of: parts).utf8)] + parts
  }

  /// What it is, such as `execute_request`.
  var kind: String { header["msg_type"]?.string ?? "" }

  /// A name that nothing else has.
  static func newName() -> String {
    [UInt64.random(in: .min ... .max), .random(in: .min ... .max)].map { String($0, radix: 16) }.joined()
  }

  /// The time in ISO 8601, to the microsecond.
  private static func now() -> String {
    let now = Clock.wallTime
    let microseconds = String(1_000_000 + Int((now - now.rounded(.down)) * 1e6)).dropFirst()
    return "\(Clock.text(now).dropLast()).\(microseconds)Z"
  }
}
