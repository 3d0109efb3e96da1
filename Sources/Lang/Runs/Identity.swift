import Engine

/// What tells two values apart for a run: not how they look, but what a program would compute with them.
///
/// A policy is its fingerprint, a task its call, a function its text with what it carries from around it. Two runs with
/// equal identities of what they were given compute the same.
final class Identity {
  let session: Session
  /// The functions and modules around the one that is described, which may use themselves.
  private var surrounding: [Object] = []
  /// Longer texts are given as a hash.
  private static let longest = 4096

  init(_ session: Session) { self.session = session }

  /// The identity of a value, short enough to be read.
  func of(_ value: Value) throws -> JSON {
    switch value {
    case .none, .missing: return .null
    case .bool(let flag): return .bool(flag)
    case .number(let number): return StoredValue.json(number)
    case .object(let object):
      let identity = try object.identity(self)
      if case .string = identity { return identity }
      let line = identity.line
      return line.utf8.count <= Identity.longest ? identity : .string("\(object.kind) \(Identity.hash(line))")
    }
  }

  /// The identity of these fields, each of its value.
  func of(_ fields: [(name: String, value: Value)]) throws -> JSON {
    .object(try fields.map { JSON.Field(name: $0.name, value: try of($0.value)) })
  }

  /// A hash of a text, as sixteen hexadecimal digits.
  static func hash(_ text: String) -> String {
    TextHash.of(text).hexadecimal
  }

  /// A hash of a tensor's numbers and its shape.
  static func hash(_ tensor: Tensor) -> String {
    tensor.withElements { elements in
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for i in 0..<tensor.count {
        hash = (hash ^ elements[i].bitPattern) &* 0x0000_0100_0000_01B3
        hash ^= hash >> 29
      }
      return Identity.hash("\(Printing.shape(tensor)) \(hash)")
    }
  }

  /// Describes the parts of a function or module, unless it is one of those around.
  func inside(_ function: Object, _ body: () throws -> JSON) rethrows -> JSON {
    if surrounding.contains(where: { $0 === function }) { return "itself" }
    surrounding.append(function)
    defer { surrounding.removeLast() }
    return try body()
  }

  /// Where the first difference between two identities is, and what stands on both sides.
  static func difference(_ there: JSON?, _ here: JSON?, _ path: String = "") -> (
    path: String, String, String
  )? {
    if there ?? .null == here ?? .null { return nil }
    if case .object(let old)? = there, case .object(let new)? = here {
      for name in new.map(\.name) + old.map(\.name) {
        let inner = path.isEmpty ? name : "\(path).\(name)"
        if let found = difference(there?[name], here?[name], inner) { return found }
      }
      return nil
    }
    return (path, brief(there), brief(here))
  }

  private static func brief(_ json: JSON?) -> String {
    switch json {
    case nil, .null?: "none"
    case .string(let text)?: Printing.clipped(text, 60)
    case let json?: Printing.clipped(json.line, 60)
    }
  }
}

extension Closure {
  /// The text, and what it uses from around it: captured values, and variables of the session.
  func identityWithSurroundings(_ identity: Identity) throws -> JSON {
    try identity.inside(self) {
      let text = sourceText ?? summary
      var carried: [(name: String, value: Value)] = prototype.layout.captures.indices.map {
        ("\($0 + 1)", self.carried($0).contents)
      }
      for slot in prototype.globalSlots().sorted() {
        let slots = identity.session.globals.slots
        carried.append((slots.names[slot], slots.values[slot]))
      }
      if carried.isEmpty { return .string(text) }
      return ["function": .string(text), "with": try identity.of(carried)]
    }
  }
}

extension Prototype {
  /// The variables of the session that the function, or one inside it, reads.
  fileprivate func globalSlots() -> Set<Int> {
    var slots: Set<Int> = []
    for position in spans.indices {
      let instruction = layout.code[position]
      switch instruction.operation {
      case .global: slots.insert(instruction.b.number)
      case .callGlobal: slots.insert(instruction.c.number)
      case .setIndexGlobal, .setFieldGlobal, .appendGlobal: slots.insert(instruction.a.number)
      default: break
      }
    }
    return prototypes.reduce(slots) { $0.union($1.globalSlots()) }
  }
}
