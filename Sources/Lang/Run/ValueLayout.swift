/// How a `Value` lies in memory: a payload word and a tag byte behind it.
///
/// Reading a register through these costs no retain and release, which are most of the price of a call.
/// The tag is read off a value made for the purpose, not assumed.
enum ValueLayout {
  private static let tagOffset = MemoryLayout<UInt>.size

  /// The tag of values that are references.
  static let objectTag: UInt8 = {
    let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    value.initialize(to: .object(Text("")))
    defer {
      value.deinitialize(count: 1)
      value.deallocate()
    }
    return tag(value)
  }()

  /// The tag of a value.
  @inline(__always)
  static func tag(_ value: UnsafeMutablePointer<Value>) -> UInt8 {
    UnsafeRawPointer(value).load(fromByteOffset: tagOffset, as: UInt8.self)
  }

  /// The object that a value with the object tag refers to; the register keeps it alive.
  @inline(__always)
  static func object(_ value: UnsafeMutablePointer<Value>) -> Unmanaged<Object> {
    Unmanaged.fromOpaque(UnsafeRawPointer(value).load(as: UnsafeRawPointer.self))
  }

  /// The closure that a value refers to, once its role has been looked at.
  @inline(__always)
  static func closure(_ value: UnsafeMutablePointer<Value>) -> Unmanaged<Closure> {
    Unmanaged.fromOpaque(UnsafeRawPointer(value).load(as: UnsafeRawPointer.self))
  }
}
