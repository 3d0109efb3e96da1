import Testing

@testable import Engine

@Suite struct FingerprintTests {
  @Test(arguments: [0, 1, 3, 7, 8, 9, 20]) func `numbers in two blocks have the fingerprint of one row`(
    first: Int
  ) throws {
    let numbers = (0..<20).map { Float($0) * 0.37 - 2 }
    func views(_ parts: [ArraySlice<Float>]) throws -> [FloatView] {
      try parts.map { try Storage(Array($0), for: "test").view }
    }
    var (whole, split) = (Fingerprint(), Fingerprint())
    whole.add(try views([numbers[...]]))
    split.add(try views([numbers[..<first], numbers[first...]]))
    #expect(whole.value == split.value)
  }
}
