// Values: what programs handle. `Value` is the 16 bytes, `Object` what every boxed value can do, `Capabilities` what
// some can; each class has a file of its own.

import Engine

/// A value of the language: 16 bytes, scalars unboxed, everything else one reference.
public enum Value: @unchecked Sendable {
  /// The value of what has none.
  case none
  /// An argument that was not given, a variable before its first assignment; never seen by programs.
  case missing
  case bool(Bool)
  case number(Double)
  case object(Object)
}

/// What a reference points to: text, lists, tensors, functions, policies.
///
/// Objects are immutable to programs; the interpreter reuses one in place only where it holds the sole
/// reference.
open class Object: @unchecked Sendable {
  /// Kinds that the interpreter's loop tells apart without a cast.
  enum Role: UInt8 {
    case closure, native, cell, list, record, tensor, range, other
  }

  /// How many containers are nested in it at most.
  ///
  /// Bounded, so that printing, comparing and releasing a value may recurse.
  public final var nesting: Int
  /// How many parts it has, those of its parts included, each counted as often as it is reached.
  ///
  /// Bounded, so that a small value whose parts are shared cannot take for ever to print or compare.
  public final var weight = 1
  final let role: Role

  /// The deepest nesting of containers and closures a program can make.
  public static let maximumNesting = 10_000
  /// The most parts a value can have: where memory is scarce, so many that a list of them takes an eighth of it.
  public static let maximumWeight = min(1 << 25, MemoryBudget.available / 128)

  /// Whether a value may have this many parts.
  ///
  /// The run loop asks it of every value it makes, so most answers come from a constant.
  @inline(__always) static func permits(_ weight: Int) -> Bool { weight < 1 << 16 || isWithinMaximum(weight) }

  @inline(never) private static func isWithinMaximum(_ weight: Int) -> Bool { weight <= maximumWeight }

  /// Creates the base part.
  public init(nesting: Int = 0) {
    self.nesting = nesting
    self.role = .other
  }

  init(nesting: Int = 0, role: Role) {
    self.nesting = nesting
    self.role = role
  }

  /// Puts a value into the place of a part.
  ///
  /// The nesting stays as deep as it ever was: it is a bound.
  @inline(__always)
  final func replace(_ place: UnsafeMutablePointer<Value>, with value: UnsafeMutablePointer<Value>) {
    if case .object = place.pointee { weight &-= place.pointee.weight &- 1 }
    if case .object = value.pointee {
      nesting = max(nesting, value.pointee.nesting + 1)
      weight &+= value.pointee.weight &- 1
    }
    place.copy(value)
  }

  /// How it is called, or nil where it is no function.
  open var signature: Signature? { nil }

  /// Calls it; the arguments stand in the order of its signature.
  open func apply(_ arguments: Call) throws -> Value {
    throw RuntimeError("\(Value.object(self).kindWithArticle) cannot be called")
  }

  /// What messages call values of this kind, with no article: `list`.
  open var kind: String { "object" }

  /// A few telling words on one line, for lists, tables and `:who`.
  open var summary: String { "<\(kind)>" }

  /// What the prompt prints; several lines where they tell more.
  ///
  /// Width and height are in characters.
  open func display(_ layout: Layout) -> String { summary }

  /// The field of that name, or nil when there is none.
  open func member(_ name: String) throws -> Value? { nil }

  /// The fields there are, for completion and suggestions.
  open var memberNames: [String] { [] }

  /// What a field is, in a few words, where its class says so.
  func meaning(ofMember name: String) -> String? { nil }

  /// The number of elements, or nil where that means nothing.
  open var elementCount: Int? { nil }

  /// The bytes it holds, shared or not, for `:who`.
  open var byteCount: Int { 16 }

  /// How it looks inside a text: `"\(x)"`.
  var inlineText: String { summary }

  /// A few words for messages: `a list of 3`.
  var brief: String { Value.object(self).kindWithArticle }

  /// Whether it has the same content as another value; `depth` is how deep it is nested.
  func isSame(as other: Object, depth: Int) -> Bool { false }

  /// What puts it into a group with others.
  var groupingKey: GroupingKey { .identity(ObjectIdentifier(self)) }

  /// What tells it apart from values with which a program would compute something else.
  func identity(_ identity: Identity) throws -> JSON {
    switch try jsonForm() {
    case .text(let text): .string("\(text)")
    case .number(let number): StoredValue.json(number)
    case .items(let items): .array(try items.map(identity.of))
    case .fields(let fields): try identity.of(fields)
    case .members: .string("\(kind) \(Identity.hash(try JSONText.text(.object(self))))")
    }
  }

  /// How it looks in JSON: with its members, if it has any and cannot be called.
  func jsonForm() throws -> JSONForm {
    signature == nil && !memberNames.isEmpty ? .members : .text(summary)
  }
}

/// How much room a printed value may take.
public struct Layout: Sendable {
  /// The longest line, in characters.
  public var width: Int
  /// About how many lines a value may take before part of it is left out.
  public var height: Int
  /// Significant digits of numbers.
  public var digits: Int

  /// 80 columns, 24 lines, 6 digits unless said otherwise.
  public init(width: Int = 80, height: Int = 24, digits: Int = 6) {
    self.width = width
    self.height = height
    self.digits = digits
  }
}

extension Value {
  /// A text value.
  static func text(_ string: String) -> Value { .object(Text(string)) }

  /// A list value.
  static func list(_ items: [Value]) -> Value { .object(List(items)) }

  /// A list of numbers.
  static func numbers(_ items: some Sequence<Double>) -> Value { .object(List(items.map { .number($0) })) }

  /// What messages call it, with no article.
  public var kind: String {
    switch self {
    case .none: "none"
    case .missing: "nothing"
    case .bool: "bool"
    case .number: "number"
    case .object(let object): object.kind
    }
  }

  /// The kind with its article, for messages: `a list`.
  var kindWithArticle: String {
    switch self {
    case .none, .missing: "none"
    case .bool, .number: "a \(kind)"
    case .object(let object):
      object.kind.first.map { "aeiou".contains($0) } ?? false ? "an \(object.kind)" : "a \(object.kind)"
    }
  }

  /// Whether it counts as given.
  var isMissing: Bool {
    if case .missing = self { return true }
    return false
  }

  /// Whether it is `none`, or not given.
  public var isNone: Bool {
    switch self {
    case .none, .missing: true
    case .bool, .number, .object: false
    }
  }

  /// Whether two values are the same: numbers by value, texts, lists and records by content, tensors by
  /// shape and content, other objects by identity.
  static func same(_ a: Value, _ b: Value, depth: Int = 0) -> Bool {
    switch (a, b) {
    case (.none, .none), (.missing, .missing): return true
    case (.bool(let x), .bool(let y)): return x == y
    case (.number(let x), .number(let y)): return x == y
    case (.object(let x), .object(let y)):
      if x === y { return true }
      guard depth <= Object.maximumNesting, !Interrupt.isRequested else { return false }
      return x.isSame(as: y, depth: depth + 1)
    case (.none, _), (.missing, _), (.bool, _), (.number, _), (.object, _): return false
    }
  }
}
