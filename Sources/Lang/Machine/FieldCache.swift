import Synchronization

/// Where a field was found last, so that it is not looked up by name in record after record made at one place.
///
/// One word, so that the cells of a sweep, which run the same code at the same time, see all of it or nothing.
struct FieldCache: ~Copyable {
  private let word = Atomic<UInt>(0)

  /// The position of the field in records with these keys, if that is what is remembered.
  @inline(__always)
  borrowing func position(_ keys: UInt) -> Int? {
    let word = word.load(ordering: .relaxed)
    return word >> 16 == keys ? Int(word & 0xFFFF) : nil
  }

  /// Remembers the position of the field in records with these keys.
  borrowing func remember(_ position: Int, _ keys: UInt) {
    guard position <= 0xFFFF else { return }
    word.store(keys << 16 | UInt(position), ordering: .relaxed)
  }
}
