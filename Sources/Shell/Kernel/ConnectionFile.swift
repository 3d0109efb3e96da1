import Engine

/// Where a kernel listens and how its messages are signed: the file that Jupyter writes for a kernel to read.
struct ConnectionFile {
  /// What a kernel listens for.
  enum Channel: String, CaseIterable {
    /// Requests that wait their turn.
    case shell
    /// Requests that are answered at once, while code runs.
    case control
    /// Output and states, for everybody who listens.
    case iopub
    /// Questions to the user; nothing here asks any.
    case stdin
    /// A sign of life.
    case heartbeat = "hb"
  }

  /// How messages are signed.
  let signature: MessageSignature
  /// Where each channel listens, as ZeroMQ writes it.
  private(set) var endpoints: [Channel: String] = [:]

  /// Reads the file at `path`.
  init(path: String) throws {
    let fields: JSON
    do {
      fields = try JSON.parse(FileContents.bytes(path, for: "kernel", most: 1 << 20))
    } catch let error as JSON.SyntaxError {
      throw EngineError(.file, "kernel", "\(path) is no connection file of Jupyter: \(error.message)")
    }
    try self.init(fields)
  }

  /// Reads the fields of such a file.
  init(_ fields: JSON) throws(EngineError) {
    func wrong(_ expected: String, _ came: JSON?) -> EngineError {
      EngineError(.file, "kernel", "the connection file needs \(expected), got \(came?.line ?? "nothing")")
    }
    let scheme = fields["signature_scheme"]?.string ?? MessageSignature.scheme
    guard let key = fields["key"]?.string else { throw wrong("a text `key`", fields["key"]) }
    guard scheme == MessageSignature.scheme || key.isEmpty else {
      throw wrong("the `signature_scheme` \(MessageSignature.scheme)", .string(scheme))
    }
    signature = MessageSignature(key: key)
    guard let transport = fields["transport"]?.string, transport == "tcp" || transport == "ipc" else {
      throw wrong("the `transport` tcp or ipc", fields["transport"])
    }
    guard let address = fields["ip"]?.string else { throw wrong("a text `ip`", fields["ip"]) }
    for channel in Channel.allCases {
      let name = channel.rawValue + "_port"
      guard let port = fields[name]?.wholeNumber, (1...65535).contains(port) else {
        throw wrong("a number from 1 to 65535 as `\(name)`", fields[name])
      }
      endpoints[channel] = "\(transport)://\(address)\(transport == "tcp" ? ":" : "-")\(port)"
    }
  }
}
