import Synchronization

/// The session's variables: a slot for every name that was ever assigned at top level.
public final class Globals: @unchecked Sendable {
  private(set) var names: [String] = []
  private var slots: [String: Int] = [:]
  /// Slots are at fixed places, so that running code can hold their address.
  let values: UnsafeMutablePointer<Value>
  private var assignedBefore: [Bool] = []

  /// The most names a session can have.
  static let capacity = 1 << 15

  init() {
    values = .allocate(capacity: Globals.capacity)
    values.initialize(repeating: .missing, count: Globals.capacity)
  }

  deinit {
    values.deinitialize(count: Globals.capacity)
    values.deallocate()
  }

  func slot(of name: String) -> Int? { slots[name] }

  /// The slot of a name, made when it is new; nil when there are too many names.
  func declare(_ name: String, initial: Value) -> Int? {
    if let slot = slots[name] { return slot }
    guard names.count < Globals.capacity else { return nil }
    slots[name] = names.count
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

  subscript(name: String) -> Value? {
    get {
      guard let slot = slots[name] else { return nil }
      let value = values[slot]
      return value.isMissing ? nil : value
    }
  }
}
