import Testing

@testable import Engine

/// TensorBoard's files; `scripts/durability/check_events.py` reads them with TensorBoard itself.
@Suite struct EventFileTests {
  @Test func `the checksum is CRC-32C`() {
    // The check value of the catalogue of CRC algorithms, and a vector of RFC 3720, B.4.
    #expect(EventFile.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(EventFile.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
  }

  @Test func `records have the bytes that TensorBoard's writer gives them`() {
    #expect(
      EventFile.header(wallTime: 1.5).map { String($0, radix: 16) }.joined(separator: " ")
        == EventFileTests.header)
    #expect(
      EventFile.record(step: 300, wallTime: 1.5, [("reward", 0.25)]).map { String($0, radix: 16) }.joined(
        separator: " ")
        == EventFileTests.record)
  }

  /// From `RecordWriter` and `event_pb2` of tensorboard 2.x.
  private static let header =
    "18 0 0 0 0 0 0 0 a3 7f 4b 22 9 0 0 0 0 0 0 f8 3f 1a d 62 72 61 69 6e 2e 45 76 65 6e 74 3a 32 2a 28 64 6c"
  private static let record =
    "1d 0 0 0 0 0 0 0 60 2f df 23 9 0 0 0 0 0 0 f8 3f 10 ac 2 2a f a d a 6 72 65 77 61 72 64 15 0 0 80 3e 24 53 d4 77"
}
