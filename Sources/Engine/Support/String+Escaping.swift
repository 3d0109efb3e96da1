extension String {
  /// The text with `escape` of each scalar in its place; scalars of which that is nil stay.
  public func escaped(_ escape: (Unicode.Scalar) -> String?) -> String {
    guard unicodeScalars.contains(where: { escape($0) != nil }) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      if let escaped = escape(scalar) { result += escaped } else { result.unicodeScalars.append(scalar) }
    }
    return result
  }

  /// The text in quotes, escaped as in JSON and in programs; `escape` says what becomes of other scalars.
  public func quoted(_ escape: (Unicode.Scalar) -> String?) -> String {
    let inner = escaped { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: escape(scalar)
      }
    }
    return "\"\(inner)\""
  }
}
