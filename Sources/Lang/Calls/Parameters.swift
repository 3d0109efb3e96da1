import Engine

/// What a function of the shell takes: each call declares the next parameter.
///
/// A declaration gives the `Argument` that the body reads, so the name stands in one place, and the body gets a value
/// of the declared type.
final class Parameters {
  /// In the order in which arguments without a name fill them.
  private(set) var list: [Signature.Parameter] = []

  private func add<T>(
    _ name: String, _ role: Signature.Parameter.Kind, words: String? = nil, _ kind: Kind<T>
  ) -> Argument<T> {
    list.append(
      Signature.Parameter(name: name, words: words, kind: role, texts: kind.texts, meaning: kind.meaning))
    return Argument(name: name, position: list.count - 1, kind: kind)
  }

  /// A parameter that has to be given.
  func callAsFunction<T>(_ name: String, _ kind: Kind<T>) -> Argument<T> { add(name, .required, kind) }

  /// A parameter with a default.
  func callAsFunction<T: Literal>(_ name: String, _ kind: Kind<T>, _ standard: T) -> Argument<T> {
    add(name, .optional(standard.literal), kind)
  }

  /// A parameter that is one of a few words, with a default.
  func callAsFunction<T: RawRepresentable<String>>(
    _ name: String, _ kind: Kind<T>, _ standard: T
  ) -> Argument<T> {
    add(name, .optional(.text(standard.rawValue)), kind)
  }

  /// A parameter of any value that may be left out, which `words` say where the signature is shown.
  func callAsFunction(_ name: String, _ kind: Kind<Value>, words: String) -> Argument<Value> {
    add(name, .optional(.missing), words: words, kind)
  }

  /// A parameter that may be left out or be `none`; `words` say what that means where the signature is shown.
  func optional<T>(_ name: String, _ kind: Kind<T>, words: String = "none") -> Argument<T?> {
    add(name, .optional(.missing), words: words, kind.optional)
  }

  /// A parameter with a default that may also be `none`.
  func optional<T: Literal>(_ name: String, _ kind: Kind<T>, _ standard: T) -> Argument<T?> {
    add(name, .optional(standard.literal), kind.optional)
  }

  /// All further arguments without a name.
  func rest<T>(_ name: String, _ kind: Kind<T>) -> Argument<T> { add(name, .rest, kind) }

  /// All further arguments with a name.
  func named(_ name: String) -> Argument<Record> { add(name, .namedRest, .record) }
}

/// A declared parameter, by which a body reads what was given for it: `call[steps]`.
struct Argument<T>: Sendable {
  let name: String
  let position: Int
  let kind: Kind<T>
}

/// What an argument may be, and how it is read.
struct Kind<T>: Sendable {
  /// What fits, for the message on a value that does not: `a whole number`.
  let expected: @Sendable (Value) -> String
  /// What a body gets; nil for a value that does not fit.
  let read: @Sendable (Value, Call) throws -> T?
  /// What a text stands for, for completion.
  var texts = Signature.Parameter.Texts.anything
  /// What the parameter means, for completion and help.
  var meaning = ""

  /// A kind of which messages say that an argument must be `expected`.
  init(_ expected: String, read: @escaping @Sendable (Value, Call) throws -> T?) {
    self.init(expected: { _ in expected }, read: read)
  }

  init(
    expected: @escaping @Sendable (Value) -> String, read: @escaping @Sendable (Value, Call) throws -> T?
  ) {
    self.expected = expected
    self.read = read
  }

  /// The same, or nothing.
  var optional: Kind<T?> {
    var kind = Kind<T?>(expected: expected) { value, call in
      if value.isNone { return .some(nil) }
      return try read(value, call).map { .some($0) }
    }
    (kind.texts, kind.meaning) = (texts, meaning)
    return kind
  }

  /// The same, of which texts stand for something and which means something.
  func standing(for texts: Signature.Parameter.Texts, meaning: String = "") -> Kind {
    var kind = self
    (kind.texts, kind.meaning) = (texts, meaning)
    return kind
  }
}

/// What can stand as a default in a signature.
protocol Literal {
  /// The value of the language.
  var literal: Value { get }
}

extension Double: Literal {
  /// A number.
  var literal: Value { .number(self) }
}

extension Int: Literal {
  /// A number.
  var literal: Value { .number(Double(self)) }
}

extension UInt64: Literal {
  /// A number.
  var literal: Value { .number(Double(self)) }
}

extension Bool: Literal {
  /// `true` or `false`.
  var literal: Value { .bool(self) }
}

extension String: Literal {
  /// A text.
  var literal: Value { .text(self) }
}
