import Engine

/// Calls that a program makes: arguments brought into the order of the parameters.
extension Interpreter {
  /// Starts a closure whose `count` arguments stand at `base`, where its registers are to be.
  ///
  /// `now` becomes its beginning.
  @inline(__always)
  func enter(
    _ called: Unmanaged<Closure>, _ base: UnsafeMutablePointer<Value>, _ count: Int,
    names: UnsafeMutablePointer<Value>? = nil, _ now: inout Activation
  ) throws {
    let layout = called._withUnsafeGuaranteedRef { $0.prototype.layout }
    let end = base + layout.registerCount
    guard frameCount < Interpreter.maximumFrames - 1 else { throw Interpreter.tooManyCalls }
    if end + Interpreter.margin > initialized { try reserve(end + Interpreter.margin) }
    if count != layout.plainCount || names != nil {
      try called._withUnsafeGuaranteedRef {
        try arrange($0.prototype, base, count, names: names.map(Interpreter.argumentNames) ?? [])
      }
    }
    frames[frameCount] = now
    frameCount &+= 1
    now = Activation(called, layout, registers: base)
    now.clearVariables(layout)
  }

  /// Calls what is no closure, for the function at `now`; the `count` arguments stand at `base`, and `a` gets the
  /// result.
  func apply(
    _ callee: UnsafeMutablePointer<Value>, _ base: UnsafeMutablePointer<Value>, _ count: Int,
    names: UnsafeMutablePointer<Value>? = nil, into a: UnsafeMutablePointer<Value>, _ now: Activation
  ) throws {
    top = now.registers + now.layout.registerCount
    guard case .object(let object) = callee.pointee else { throw notCallable(callee.pointee, at: now.span) }
    let result: Value
    if names == nil, object.role == .native,
      unsafeDowncast(object, to: NativeFunction.self).plainCount == count
    {
      result = try object.apply(Call(base, count: count, callee: object, interpreter: self))
    } else {
      guard let signature = object.signature else { throw notCallable(callee.pointee, at: now.span) }
      let labels = names.map(Interpreter.argumentNames) ?? []
      let values = (0..<count).map { base[$0] }
      let positional = Array(values.dropLast(labels.count))
      let bound = try signature.bind(positional, zip(labels, values.suffix(labels.count)).map { ($0, $1) })
      for i in 0..<count { (base + i).drop() }
      result = try call(object, bound: bound)
    }
    for i in 0..<count { (base + i).drop() }
    if case .object(let object) = result, object.weight > 1 {
      a.pointee = try Interpreter.bounded(object)
    } else {
      a.take(result)
    }
  }

  /// Brings the arguments of a function of the language into the order of its parameters; what is not
  /// given is `.missing`.
  @inline(never)
  func arrange(_ prototype: Prototype, _ base: UnsafeMutablePointer<Value>, _ count: Int, names: [String])
    throws
  {
    let parameters = prototype.parameters
    var positional = count - names.count
    let name = prototype.name ?? "this function"
    func written() -> String {
      (prototype.name == nil ? "its parameters are (" : "it is written \(name)(")
        + "\(parameters.joined(separator: ", "))\(prototype.takesRest ? "..." : ""))"
    }
    let given = (positional..<count).map { base[$0] }
    if prototype.takesRest {
      let last = parameters.count - 1
      let rest = (min(last, positional)..<positional).map { base[$0] }
      positional = min(last, positional)
      for i in positional..<max(count, parameters.count) { (base + i).drop() }
      base[last] = .list(rest)
    } else {
      guard positional <= parameters.count else {
        throw RuntimeError(
          "\(name) takes \(parameters.count == 1 ? "1 argument" : "\(parameters.count) arguments"), got \(count)",
          help: written())
      }
      for i in positional..<max(count, parameters.count) { (base + i).drop() }
    }
    for (label, value) in zip(names, given) {
      guard let slot = parameters.firstIndex(of: label) else {
        let nearest = Suggestion.nearest(to: label, among: parameters)
        throw RuntimeError(
          "\(name) has no parameter `\(label)`", help: nearest.map { "did you mean `\($0):`?" } ?? written()
        )
      }
      guard base[slot].isMissing else { throw RuntimeError("\(name): `\(label)` is given twice") }
      base[slot] = value
    }
    for i in 0..<prototype.required where base[i].isMissing {
      throw RuntimeError("\(name) needs `\(parameters[i])`", help: written())
    }
  }

  private static func argumentNames(_ value: UnsafeMutablePointer<Value>) -> [String] {
    if case .object(let object) = value.pointee, let names = object as? ArgumentNames { return names.names }
    return []
  }
}
