/// A parameter's value: a number or a word.
public enum ParameterValue: Sendable, Equatable, CustomStringConvertible {
  /// A number.
  case number(Double)
  /// A word, from a list of allowed ones.
  case text(String)

  /// The value as the language writes it.
  public var description: String {
    switch self {
    case .number(let number):
      if let whole = Int(exactly: number), whole.magnitude < 1 << 53 { String(whole) } else { "\(number)" }
    case .text(let text): "\"\(text)\""
    }
  }
}

/// What a parameter of an objective, an advantage or a task means, where its default comes from, and what it may be.
public struct Parameter: Sendable {
  /// What values are allowed.
  public enum Allowed: Sendable {
    /// Finite numbers above 0.
    case positive
    /// Finite numbers from 0.
    case nonNegative
    /// Numbers from 0 up to, but not including, a bound.
    case below(Double)
    /// Numbers from 0 to 1, both included.
    case share
    /// Numbers above a bound, infinity included.
    case above(Double)
    /// Integers in a range.
    case integer(ClosedRange<Int>)
    /// One of these words.
    case oneOf([String])
    /// Any text.
    case anyText

    /// Numbers from 0 up to, but not including, 1.
    public static let fraction = Allowed.below(1)
  }

  /// The name in the language.
  public let name: String
  /// The value when none is given; nil when one has to be given.
  public let defaultValue: ParameterValue?
  /// The symbol in the paper, or the name where there is none.
  public let symbol: String
  /// What it does, in one line.
  public let meaning: String
  /// Where the default comes from.
  public let source: String
  /// What it may be.
  public let allowed: Allowed

  /// Creates a parameter's card.
  public init(
    _ name: String, _ defaultValue: ParameterValue?, symbol: String, _ meaning: String, source: String,
    _ allowed: Allowed
  ) {
    self.name = name
    self.defaultValue = defaultValue
    self.symbol = symbol
    self.meaning = meaning
    self.source = source
    self.allowed = allowed
  }

  /// What it may be, in words.
  public var range: String {
    switch allowed {
    case .positive: "a number above 0"
    case .nonNegative: "a number from 0"
    case .below(let bound): "a number from 0 and below \(ParameterValue.number(bound))"
    case .share: "a number from 0 to 1"
    case .above(let bound): "a number above \(ParameterValue.number(bound)), or inf"
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .oneOf(let words): words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .anyText: "a text"
    }
  }

  func check(_ value: ParameterValue, for owner: String) throws(EngineError) {
    let fits =
      switch (allowed, value) {
      case (.positive, .number(let x)): x > 0 && x.isFinite
      case (.nonNegative, .number(let x)): x >= 0 && x.isFinite
      case (.below(let bound), .number(let x)): x >= 0 && x < bound
      case (.share, .number(let x)): x >= 0 && x <= 1
      case (.above(let bound), .number(let x)): x > bound
      case (.integer(let range), .number(let x)): Int(exactly: x).map(range.contains) ?? false
      case (.oneOf(let words), .text(let word)): words.contains(word)
      case (.anyText, .text): true
      case (.positive, .text), (.nonNegative, .text), (.below, .text), (.share, .text), (.above, .text),
        (.integer, .text), (.oneOf, .number), (.anyText, .number):
        false
      }
    guard fits else {
      throw EngineError(
        .argument, owner, "\(name) has to be \(range), got \(value)",
        hint: defaultValue.map { "the default is \($0)" })
    }
  }
}

/// The values of a card's parameters, checked and complete.
public struct Arguments: Sendable {
  private let values: [String: ParameterValue]

  /// Checks `given` against `parameters` and fills in the defaults.
  public init(
    _ given: [String: ParameterValue], for parameters: [Parameter], of owner: String
  ) throws(EngineError) {
    var values: [String: ParameterValue] = [:]
    for name in given.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
      let known = parameters.map(\.name).joined(separator: ", ")
      throw EngineError(
        .argument, owner, "has no parameter called \(name)",
        hint: parameters.isEmpty ? "it takes none" : "it takes \(known)")
    }
    for parameter in parameters {
      guard let value = given[parameter.name] ?? parameter.defaultValue else {
        throw EngineError(
          .argument, owner, "\(parameter.name) is missing, it has to be \(parameter.range)")
      }
      try parameter.check(value, for: owner)
      values[parameter.name] = value
    }
    self.values = values
  }

  /// Whether the card has a parameter called `name`.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// The number under `name`; NaN if the card does not have it as a number.
  func number(_ name: String) -> Double {
    if case .number(let number)? = values[name] { number } else { .nan }
  }

  /// The integer under `name`; 0 if the card does not have it as one.
  func integer(_ name: String) -> Int { Int(exactly: number(name)) ?? 0 }

  /// The word under `name`; empty if the card does not have it as one.
  func text(_ name: String) -> String {
    if case .text(let text)? = values[name] { text } else { "" }
  }
}
