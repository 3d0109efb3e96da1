import Engine

/// The parameters of one of the engine's cards, as a builtin takes them.
struct CardArguments: Sendable {
  private let arguments: [Argument<ParameterValue?>]

  /// Declares them.
  init(_ card: [Parameter], _ parameter: Parameters) {
    arguments = card.map { declared in
      let kind = Kind<ParameterValue>(declared.range) { value, _ in
        if let text = value.asText {
          if case .file = declared.allowed { return .text(FileContents.expanded(text)) }
          return .text(text)
        }
        return try value.scalar.map { .number($0) }
      }.standing(for: CardArguments.texts(declared), meaning: declared.meaning)
      guard let standard = declared.defaultValue else { return parameter(declared.name, kind.optional) }
      return parameter.optional(declared.name, kind, standard)
    }
  }

  private static func texts(_ declared: Parameter) -> Signature.Parameter.Texts {
    switch declared.allowed {
    case .oneOf(let words): .words(words)
    case .file: .file
    case .finite, .positive, .nonNegative, .below, .share, .above, .integer, .anyText: .anything
    }
  }

  /// What a call gives for them, by name.
  func callAsFunction(_ call: Call) throws -> [String: ParameterValue] {
    var given: [String: ParameterValue] = [:]
    for argument in arguments { given[argument.name] = try call[argument] }
    return given
  }
}

extension ParameterValue: Literal {
  /// The value in the language.
  var literal: Value {
    switch self {
    case .number(let number): .number(number)
    case .text(let text): .text(text)
    }
  }
}
