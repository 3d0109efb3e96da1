/// A variable that functions share.
final class Cell: Object, @unchecked Sendable {
  var value: Value

  init(_ value: Value) {
    self.value = value
    super.init(role: .cell)
  }

  deinit {
    guard case .object = value else { return }
    let held = value
    value = .none
    ReleaseQueue.release(held)
  }
}

/// A function written in the language, with what it carries from around it.
public final class Closure: Object, @unchecked Sendable {
  let prototype: Prototype
  let cells: [Cell]

  init(_ prototype: Prototype, _ cells: [Cell]) {
    self.prototype = prototype
    self.cells = cells
    super.init(nesting: cells.map(\.value).nestingAround, role: .closure)
  }

  public override var kind: String { "function" }
  public override var summary: String {
    "\(prototype.name ?? "")(\(prototype.parameters.joined(separator: ", ")))"
  }
  public override func display(_ layout: Layout) -> String { "function \(summary)" }
  public override var signature: Signature? {
    let syntax = prototype.syntax?.parameters ?? []
    return Signature(
      name: prototype.name ?? "function",
      parameters: syntax.map { parameter in
        Signature.Parameter(
          name: parameter.name, defaultText: parameter.defaultValue?.span.text,
          kind: parameter.defaultValue == nil ? .required : .optional(.missing))
      })
  }

  /// The text it was written as.
  public var sourceText: String? { prototype.syntax?.span.text }
}

/// A function that is part of the shell.
public final class NativeFunction: Object, @unchecked Sendable {
  public let builtin: Builtin

  init(_ builtin: Builtin) {
    self.builtin = builtin
    super.init()
  }

  public override var kind: String { "function" }
  public override var summary: String { builtin.signature.text }
  public override func display(_ layout: Layout) -> String {
    "builtin \(builtin.signature.text): \(builtin.summary)"
  }
  public override var signature: Signature? { builtin.signature }
  public override func apply(_ arguments: Call) throws -> Value { try builtin.body(arguments) }
}

/// A function made by another one, such as the derivative of a function.
final class DerivedFunction: Object, @unchecked Sendable {
  private let derivedSignature: Signature
  private let body: @Sendable (Call) throws -> Value

  init(_ signature: Signature, body: @escaping @Sendable (Call) throws -> Value) {
    self.derivedSignature = signature
    self.body = body
    super.init()
  }

  override var kind: String { "function" }
  override var summary: String { derivedSignature.text }
  override func display(_ layout: Layout) -> String { "function \(summary)" }
  override var signature: Signature? { derivedSignature }
  override func apply(_ arguments: Call) throws -> Value { try body(arguments) }
}
