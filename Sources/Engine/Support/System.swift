/// What the C library says, in Swift's own types.
public enum System {
  /// A variable of the environment; nil where it is not set.
  public static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// What an error number means, such as "no space left on device".
  public static func message(_ code: Int32 = errno) -> String { String(cString: strerror(code)).lowercased() }

  /// The text up to the first zero.
  public static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
