import Engine

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

extension Value {
  /// The value in a cell; any other value itself.
  @inline(__always)
  var contents: Value {
    if case .object(let object) = self, object.role == .cell {
      return unsafeDowncast(object, to: Cell.self).value
    }
    return self
  }
}

/// A function written in the language, with what it carries from around it.
public final class Closure: Object, @unchecked Sendable {
  let prototype: Prototype
  /// What it carries: values, or cells where a variable may change later.
  ///
  /// Most functions carry one at most, and are made without a second piece of memory.
  private let first: Value
  private let others: UnsafeMutableBufferPointer<Value>

  /// A function that carries nothing.
  init(_ prototype: Prototype) {
    self.prototype = prototype
    first = .missing
    others = .init(start: nil, count: 0)
    super.init(role: .closure)
  }

  /// A function made by the one at `maker`, with what it carries from there.
  init(_ prototype: Unmanaged<Prototype>, _ maker: Activation, globals: UnsafeMutablePointer<Value>) {
    func value(_ capture: Scope.Capture) -> Value {
      switch capture {
      case .local(let register): maker.registers[register]
      case .outer(let position): maker.closure._withUnsafeGuaranteedRef { $0.carried(position) }
      case .loopVariable(let slot): globals[slot]
      }
    }
    let captures = prototype._withUnsafeGuaranteedRef { $0.layout.captures }
    self.prototype = prototype.takeUnretainedValue()
    first = captures.isEmpty ? .missing : value(captures[0])
    others = captures.count > 1 ? .allocate(capacity: captures.count - 1) : .init(start: nil, count: 0)
    super.init(role: .closure)
    if case .object = first { nesting = max(0, first.contents.nesting + 1) }
    for i in others.indices {
      others.initializeElement(at: i, to: value(captures[i + 1]))
      nesting = max(nesting, others[i].contents.nesting + 1)
    }
  }

  deinit {
    guard !others.isEmpty else { return }
    others.deinitialize()
    others.deallocate()
  }

  /// Puts the value that it carries at a position into a register.
  @inline(__always)
  func put(carried position: Int, into register: UnsafeMutablePointer<Value>) {
    if position == 0, case .number(let number) = first {
      register.put(number)
    } else {
      copy(carried: position, into: register)
    }
  }

  @inline(never)
  private func copy(carried position: Int, into register: UnsafeMutablePointer<Value>) {
    register.take(carried(position).contents)
  }

  /// What it carries at a position: a value, or a cell with one.
  @inline(__always)
  func carried(_ position: Int) -> Value {
    position == 0 ? first : others[position - 1]
  }

  public override var kind: String { "function" }
  override func identity(_ identity: Identity) throws -> JSON { try identityWithSurroundings(identity) }
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
          name: parameter.name, words: parameter.defaultValue?.span.text,
          kind: parameter.defaultValue == nil ? .required : .optional(.missing))
      })
  }

  /// Whether its text is all there is of it: it has taken no variable along.
  var carriesNothing: Bool { prototype.layout.captures.isEmpty }

  /// The comment above it, line by line, without the signs.
  public var remarks: [String] { prototype.syntax?.remarks ?? [] }

  /// The text it was written as.
  public var sourceText: String? { prototype.syntax?.span.text }
}

/// A function that is part of the shell.
public final class NativeFunction: Object, @unchecked Sendable {
  /// The card it was made from.
  public let builtin: Builtin
  /// How it is called.
  private let parameters: Signature
  private let body: Builtin.Body
  /// How many arguments by position fit as they are.
  let plainCount: Int

  init(_ builtin: Builtin) {
    self.builtin = builtin
    (parameters, body) = builtin.definition
    plainCount = parameters.plainCount
    super.init(role: .native)
  }

  public override var kind: String { "function" }
  override func identity(_ identity: Identity) -> JSON { .string("builtin \(builtin.name)") }
  public override var summary: String { parameters.text }
  public override func display(_ layout: Layout) -> String { "builtin \(summary): \(builtin.summary)" }
  public override var signature: Signature? { parameters }
  public override func apply(_ arguments: Call) throws -> Value { try body(arguments) }
}

/// A function made by another one, such as the derivative of a function.
final class DerivedFunction: Object, @unchecked Sendable {
  private let derivedSignature: Signature
  private let body: Builtin.Body

  /// A function with the parameters of another one.
  init(_ signature: Signature, body: @escaping Builtin.Body) {
    self.derivedSignature = signature
    self.body = body
    super.init()
  }

  /// A function whose `body` declares its parameters and gives what a call does.
  convenience init(_ name: String, declaring body: (Parameters) -> Builtin.Body) {
    let parameters = Parameters()
    let body = body(parameters)
    self.init(Signature(name: name, parameters: parameters.list), body: body)
  }

  override var kind: String { "function" }
  override var summary: String { derivedSignature.text }
  override func display(_ layout: Layout) -> String { "function \(summary)" }
  override var signature: Signature? { derivedSignature }
  override func apply(_ arguments: Call) throws -> Value { try body(arguments) }
}
