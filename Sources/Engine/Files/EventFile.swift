/// Records of TensorBoard's event files: scalars under names, by step.
///
/// A file is a sequence of records: the length (8 bytes), its masked CRC-32C (4), an `Event` message of protocol
/// buffers, and the masked CRC-32C of that (4); all little-endian.
public enum EventFile {
  /// The record that a file begins with.
  public static func header(wallTime: Double) -> [UInt8] {
    record(double(1, wallTime) + bytes(3, Array("brain.Event:2".utf8)))
  }

  /// The record of one step.
  public static func record(step: Int, wallTime: Double, _ scalars: [(name: String, value: Double)])
    -> [UInt8]
  {
    let values = scalars.flatMap { scalar in
      bytes(1, bytes(1, Array(scalar.name.utf8)) + float(2, Float(scalar.value)))
    }
    return record(
      double(1, wallTime) + tag(2, 0) + varint(UInt64(bitPattern: Int64(step))) + bytes(5, values))
  }

  private static func record(_ message: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(maskedChecksum(length)) + message + littleEndian(maskedChecksum(message))
  }

  // MARK: Protocol buffers

  private static func tag(_ field: Int, _ kind: Int) -> [UInt8] { varint(UInt64(field << 3 | kind)) }
  private static func double(_ field: Int, _ value: Double) -> [UInt8] {
    tag(field, 1) + littleEndian(value.bitPattern)
  }
  private static func float(_ field: Int, _ value: Float) -> [UInt8] {
    tag(field, 5) + littleEndian(value.bitPattern)
  }
  private static func bytes(_ field: Int, _ content: [UInt8]) -> [UInt8] {
    tag(field, 2) + varint(UInt64(content.count)) + content
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest > 127 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  // MARK: Checksums

  /// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78).
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
  }

  /// Rotated and shifted, so that a checksum of data that holds checksums stays a good one.
  private static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let crc = checksum(bytes)
    return ((crc >> 15) | (crc << 17)) &+ 0xA282_EAD8
  }
}
