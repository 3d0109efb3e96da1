import Synchronization

/// The variables of a session or of a module: a slot for every name that was ever assigned at its top level.
public final class Globals: @unchecked Sendable {
  private(set) var names: [String] = []
  private var positions: [String: Int] = [:]
  /// Where the values are; modules have theirs beside the session's.
  unowned let slots: VariableSlots
  private let owned: VariableSlots?

  /// The variables of a session.
  init() {
    let slots = VariableSlots()
    (self.slots, owned) = (slots, slots)
  }

  /// The variables of a module, which live as long as the session whose slots they use.
  init(in slots: VariableSlots) { (self.slots, owned) = (slots, nil) }

  func slot(of name: String) -> Int? { positions[name] }

  /// The slot of a name, made when it is new; nil when there are too many names.
  func declare(_ name: String, initial: Value) -> Int? {
    if let slot = positions[name] { return slot }
    guard let slot = slots.add(name, initial) else { return nil }
    positions[name] = slot
    names.append(name)
    return slot
  }

  /// Forgets a name without a value, so that it may stand for something else; functions that use the slot keep it.
  func forget(_ name: String) {
    guard let slot = positions[name], slots.values[slot].isMissing else { return }
    positions[name] = nil
    names.removeAll { $0 == name }
  }

  subscript(name: String) -> Value? {
    get {
      guard let slot = positions[name] else { return nil }
      let value = slots.values[slot]
      return value.isMissing ? nil : value
    }
  }
}

/// The values of all variables at top level, of a session and the modules it imported.
final class VariableSlots: @unchecked Sendable {
  /// What the variable of each slot is called.
  private(set) var names: [String] = []
  /// Slots are at fixed places, so that running code can hold their address.
  let values: UnsafeMutablePointer<Value>

  /// The most names a session can have.
  static let capacity = 1 << 15

  init() {
    values = .allocate(capacity: VariableSlots.capacity)
    values.initialize(repeating: .missing, count: VariableSlots.capacity)
  }

  deinit {
    values.deinitialize(count: VariableSlots.capacity)
    values.deallocate()
  }

  /// A new slot; nil when there are too many.
  func add(_ name: String, _ initial: Value) -> Int? {
    guard names.count < VariableSlots.capacity else { return nil }
    names.append(name)
    values[names.count - 1] = initial
    return names.count - 1
  }

  /// Gives a variable another value.
  func assign(_ slot: Int, _ value: Value) {
    retire(values + slot)
    values[slot] = value
  }

  /// Functions that variables no longer hold, but that may still be running: calls of a variable's function do
  /// not count as references to it.
  private let retired = Mutex<[Value]>([])

  /// Keeps the function that a variable holds, if it holds one, until `releaseRetired`.
  func retire(_ place: UnsafeMutablePointer<Value>) {
    if ValueLayout.has(.closure, place) { retired.withLock { $0.append(place.pointee) } }
  }

  /// Lets go of retired functions, once nothing runs.
  func releaseRetired() { retired.withLock { $0 = [] } }
}
