/// Releases what variables hold one after the other, so that a chain of functions that hold each other,
/// however long, does not exhaust the stack when its first link goes.
final class ReleaseQueue {
  private var pending: [Value] = []
  private var isDraining = false

  /// The queue of each thread.
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { pointer in
      let queue: UnsafeMutableRawPointer? = pointer
      if let queue { Unmanaged<ReleaseQueue>.fromOpaque(queue).release() }
    }
    return key
  }()

  private static var current: ReleaseQueue {
    if let pointer = pthread_getspecific(key) {
      return Unmanaged<ReleaseQueue>.fromOpaque(pointer).takeUnretainedValue()
    }
    let queue = ReleaseQueue()
    pthread_setspecific(key, Unmanaged.passRetained(queue).toOpaque())
    return queue
  }

  /// Gives up a value; when it is the last to hold it, what it held follows in turn.
  static func release(_ value: consuming Value) {
    let queue = current
    queue.pending.append(value)
    guard !queue.isDraining else { return }
    queue.isDraining = true
    while !queue.pending.isEmpty { queue.drop() }
    queue.isDraining = false
  }

  @inline(never)
  private func drop() { _ = pending.popLast() }
}
