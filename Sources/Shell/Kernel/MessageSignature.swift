import Crypto
import Engine

/// Proves that a message comes from somebody who has read the connection file: HMAC (RFC 2104) with SHA-256.
struct MessageSignature {
  /// What Jupyter calls it.
  static let scheme = "hmac-sha256"

  /// Nil: messages are not signed.
  private let key: SymmetricKey?

  /// Signs with the bytes of `key`; an empty one signs nothing.
  init(key: String) {
    self.key = key.isEmpty ? nil : SymmetricKey(data: Array(key.utf8))
  }

  /// The signature of parts, one after the other, as hexadecimal digits; empty without a key.
  func text(of parts: [[UInt8]]) -> String {
    guard let key else { return "" }
    return HMAC<SHA256>.authenticationCode(for: parts.flatMap { $0 }, using: key).map(\.hexadecimal).joined()
  }

  /// Whether `signature` is that of `parts`; takes the same time wherever it differs.
  func isValid(_ signature: [UInt8], of parts: [[UInt8]]) -> Bool {
    guard let key else { return true }
    guard signature.count == 2 * SHA256.byteCount else { return false }
    let code = stride(from: 0, to: signature.count, by: 2).compactMap {
      UInt8(String(decoding: signature[$0...($0 + 1)], as: UTF8.self), radix: 16)
    }
    return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: parts.flatMap { $0 }, using: key)
  }
}
