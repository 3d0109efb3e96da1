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
    /// Finite numbers.
    case finite
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
    /// A file; a leading `~` is the home folder.
    case file

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
    case .finite: "a finite number"
    case .positive: "a number above 0"
    case .nonNegative: "a number from 0"
    case .below(let bound): "a number from 0 and below \(ParameterValue.number(bound))"
    case .share: "a number from 0 to 1"
    case .above(let bound): "a number above \(ParameterValue.number(bound)), or inf"
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .oneOf(let words): words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .anyText, .file: "a text"
    }
  }

  func check(_ value: ParameterValue, for owner: String) throws(EngineError) {
    let fits =
      switch (allowed, value) {
      case (.finite, .number(let x)): x.isFinite
      case (.positive, .number(let x)): x > 0 && x.isFinite
      case (.nonNegative, .number(let x)): x >= 0 && x.isFinite
      case (.below(let bound), .number(let x)): x >= 0 && x < bound
      case (.share, .number(let x)): x >= 0 && x <= 1
      case (.above(let bound), .number(let x)): x > bound
      case (.integer(let range), .number(let x)): Int(exactly: x).map(range.contains) ?? false
      case (.oneOf(let words), .text(let word)): words.contains(word)
      case (.anyText, .text), (.file, .text): true
      case (.finite, .text), (.positive, .text), (.nonNegative, .text), (.below, .text), (.share, .text),
        (.above, .text), (.integer, .text), (.oneOf, .number), (.anyText, .number), (.file, .number):
        false
      }
    guard fits else {
      throw EngineError(
        .argument, owner, "\(name) has to be \(range), got \(value)",
        hint: defaultValue.map { "the default is \($0)" })
    }
  }
}

/// What a value may be, and the type it is read as.
struct Allowed<Value>: Sendable {
  let rule: Parameter.Allowed
  let read: @Sendable (ParameterValue) -> Value?
  let write: @Sendable (Value) -> ParameterValue
}

extension Allowed where Value == Double {
  private init(number rule: Parameter.Allowed) {
    self.init(
      rule: rule, read: { if case .number(let number) = $0 { number } else { nil } }, write: { .number($0) })
  }

  static var finite: Allowed { Allowed(number: .finite) }
  static var positive: Allowed { Allowed(number: .positive) }
  static var nonNegative: Allowed { Allowed(number: .nonNegative) }
  static var share: Allowed { Allowed(number: .share) }
  static var fraction: Allowed { Allowed(number: .fraction) }
  static func below(_ bound: Double) -> Allowed { Allowed(number: .below(bound)) }
  static func above(_ bound: Double) -> Allowed { Allowed(number: .above(bound)) }
}

extension Allowed where Value == Int {
  static func integer(_ range: ClosedRange<Int>) -> Allowed {
    Allowed(
      rule: .integer(range), read: { if case .number(let number) = $0 { Int(exactly: number) } else { nil } },
      write: { .number(Double($0)) })
  }
}

extension Allowed where Value == String {
  private init(text rule: Parameter.Allowed) {
    self.init(
      rule: rule, read: { if case .text(let text) = $0 { text } else { nil } }, write: { .text($0) })
  }

  static var anyText: Allowed { Allowed(text: .anyText) }
  static var file: Allowed { Allowed(text: .file) }
  static func oneOf(_ words: [String]) -> Allowed { Allowed(text: .oneOf(words)) }
}

extension Allowed where Value: RawRepresentable<String> & CaseIterable & Sendable {
  static var choice: Allowed {
    Allowed(
      rule: .oneOf(Value.allCases.map(\.rawValue)),
      read: { if case .text(let word) = $0 { Value(rawValue: word) } else { nil } },
      write: { .text($0.rawValue) })
  }
}

/// The parameters of a card, declared one by one; a declaration gives what `arguments[...]` reads.
final class Parameters {
  private(set) var list: [Parameter] = []

  /// A parameter with a default.
  func callAsFunction<Value>(
    _ name: String, _ standard: Value, symbol: String, _ meaning: String, source: String,
    _ allowed: Allowed<Value>
  ) -> Argument<Value> {
    declare(name, allowed.write(standard), symbol: symbol, meaning, source: source, allowed)
  }

  /// A parameter that has to be given.
  func callAsFunction<Value>(
    _ name: String, symbol: String, _ meaning: String, source: String, _ allowed: Allowed<Value>
  ) -> Argument<Value> {
    declare(name, nil, symbol: symbol, meaning, source: source, allowed)
  }

  private func declare<Value>(
    _ name: String, _ standard: ParameterValue?, symbol: String, _ meaning: String, source: String,
    _ allowed: Allowed<Value>
  ) -> Argument<Value> {
    let position = list.count
    list.append(Parameter(name, standard, symbol: symbol, meaning, source: source, allowed.rule))
    return Argument { arguments in
      guard let value = allowed.read(arguments.values[position]) else {
        throw EngineError(.argument, name, "is of another type than declared")
      }
      return value
    }
  }
}

/// A declared parameter, or several together, by which a card reads its arguments: `arguments[clip]`.
struct Argument<Value>: Sendable {
  fileprivate let read: @Sendable (Arguments) throws -> Value

  /// What is made of several arguments.
  init(_ read: @escaping @Sendable (Arguments) throws -> Value) { self.read = read }
}

/// The values of a card's parameters, checked and complete.
struct Arguments: Sendable {
  /// In the order of the parameters.
  fileprivate let values: [ParameterValue]

  /// Checks `given` against `parameters` and fills in the defaults.
  init(_ given: [String: ParameterValue], for parameters: [Parameter], of owner: String) throws(EngineError) {
    for name in given.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
      let known = parameters.map(\.name).joined(separator: ", ")
      throw EngineError(
        .argument, owner, "has no parameter called \(name)",
        hint: parameters.isEmpty ? "it takes none" : "it takes \(known)")
    }
    var values: [ParameterValue] = []
    for parameter in parameters {
      guard let value = given[parameter.name] ?? parameter.defaultValue else {
        throw EngineError(
          .argument, owner, "\(parameter.name) is missing, it has to be \(parameter.range)")
      }
      try parameter.check(value, for: owner)
      values.append(value)
    }
    self.values = values
  }

  /// What was given for a parameter, or its default.
  subscript<Value>(argument: Argument<Value>) -> Value { get throws { try argument.read(self) } }
}
