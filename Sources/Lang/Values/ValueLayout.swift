/// How a `Value` lies in memory: a payload word and a tag byte behind it.
///
/// Reading a register through these costs no retain and release, which are most of the price of a call.
enum ValueLayout {
  /// The object that a value with an object refers to; whoever holds the value keeps it alive.
  @inline(__always)
  static func object(_ value: UnsafeMutablePointer<Value>) -> Unmanaged<Object> {
    Unmanaged.fromOpaque(UnsafeRawPointer(value).load(as: UnsafeRawPointer.self))
  }

  /// The object of a value as one of its class, once its role has been looked at.
  @inline(__always)
  static func object<Kind: Object>(_ value: UnsafeMutablePointer<Value>, as kind: Kind.Type) -> Unmanaged<
    Kind
  > {
    Unmanaged.fromOpaque(UnsafeRawPointer(value).load(as: UnsafeRawPointer.self))
  }

  /// Whether a value is an object of that role.
  @inline(__always)
  static func has(_ role: Object.Role, _ value: UnsafeMutablePointer<Value>) -> Bool {
    guard case .object = value.pointee else { return false }
    return object(value)._withUnsafeGuaranteedRef { $0.role == role }
  }

  /// Whether nobody but `value` holds its object, so that it may change where it is.
  ///
  /// An object never counts as unique while it is put into itself.
  @inline(__always)
  static func isUnique(_ value: UnsafeMutablePointer<Value>, besides item: UnsafeMutablePointer<Value>)
    -> Bool
  {
    if case .object = item.pointee, object(item).toOpaque() == object(value).toOpaque() { return false }
    return isKnownUniquelyReferenced(
      &UnsafeMutableRawPointer(value).assumingMemoryBound(to: Object.self).pointee)
  }
}

/// Registers: values are put into them without touching a reference count where there is none.
extension UnsafeMutablePointer<Value> {
  /// Stores a number; releases what was there only if there is something to release.
  @inline(__always)
  func put(_ number: Double) { put(scalar: .number(number)) }

  /// Stores a truth value.
  @inline(__always)
  func put(_ flag: Bool) { put(scalar: .bool(flag)) }

  /// Empties the register.
  @inline(__always)
  func drop() { put(scalar: .missing) }

  @inline(__always)
  private func put(scalar: Value) {
    if case .object = pointee { pointee = scalar } else { initialize(to: scalar) }
  }

  /// Copies a value; scalars without touching a reference count.
  @inline(__always)
  func copy(_ source: UnsafeMutablePointer<Value>) {
    if case .number(let number) = source.pointee {
      put(number)
    } else if case .bool(let flag) = source.pointee {
      put(flag)
    } else {
      pointee = source.pointee
    }
  }

  /// Gives the value away and leaves the register empty.
  @inline(__always)
  func leave() -> Value {
    let value = move()
    initialize(to: .missing)
    return value
  }

  /// Takes over a value.
  @inline(__always)
  func take(_ value: consuming Value) {
    if case .object = pointee { pointee = value } else { initialize(to: value) }
  }

  /// Lets go of an object and leaves anything else, where the register will not be read before it is written.
  @inline(__always)
  func release() {
    if case .object = pointee { pointee = .missing }
  }
}
