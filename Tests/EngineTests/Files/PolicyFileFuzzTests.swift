import Testing

@testable import Engine

/// Saved policies with damage drawn from a seed.
@Suite struct PolicyFileFuzzTests {
  /// Numbers that go wrong somewhere.
  private static let numbers = [
    "-1", "0", "1", "0.5", "1e300", "18446744073709551615", "9223372036854775807", "4611686018427387904",
    "null",
    "\"\"", "[]", "{}", "16777216",
  ]

  /// `bytes` after one to three changes: a flipped bit, a cut, bytes moved, or another number in the text.
  static func damaged(_ bytes: [UInt8], _ draws: inout Draws) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<draws.integer(in: 1...3) {
      guard bytes.count > 1 else { break }
      let place = draws.integer(in: 0...bytes.count - 1)
      let end = min(bytes.count, place + draws.integer(in: 1...9))
      switch draws.integer(in: 0...5) {
      case 0: bytes[place] ^= 1 << UInt8(draws.integer(in: 0...7))
      case 1: bytes[draws.integer(in: 0...min(15, bytes.count - 1))] = UInt8(draws.integer(in: 0...255))
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: draws.integer(in: 0...bytes.count))
      case 4: bytes.removeSubrange(place..<end)
      default:
        let isDigit = { (byte: UInt8) in byte >= 48 && byte <= 57 }
        guard let first = bytes[place...].firstIndex(where: isDigit) else { continue }
        let last = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
        let number = numbers[draws.integer(in: 0...numbers.count - 1)]
        bytes.replaceSubrange(first..<last, with: Array(number.utf8))
      }
    }
    return bytes
  }

  /// In a process of its own, so that one that ends it fails this test alone.
  @Test func `a damaged policy is refused with a message or loads, and never ends the process`() async {
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      let policy = try SavedPolicyTests.trained(model: 0)
      try policy.save(to: "\(folder.path)/own")
      try folder.copy("\(GoldenFiles.root)/qwen3/float32-tied-sharded", to: "shards")
      var draws = Draws(Philox(seed: 2026, .script))
      var refused = 0
      let memory = Runtime.current.memory.bytesInUse
      for round in 0..<2000 {
        let name = round % 3 == 2 ? "shards" : "own"
        let files = try folder.names(in: name).filter { $0 != "expected.json" }
        let file = "\(name)/\(files[draws.integer(in: 0...files.count - 1)])"
        let original = try folder.read(file)
        try folder.write(PolicyFileFuzzTests.damaged(original, &draws), to: file)
        do {
          _ = try Policy.load("\(folder.path)/\(name)").logits(of: [1, 2, 3])
        } catch let error as EngineError {
          refused += 1
          #expect(error.kind == .file || error.kind == .memory || error.kind == .argument, "\(error)")
          #expect(error.message.contains(folder.path) || error.operation == "logits", "\(error)")
        }
        try folder.write(original, to: file)
      }
      // Free lists may keep a few blocks of the sizes that were loaded.
      #expect(Runtime.current.memory.bytesInUse - memory < 1 << 24)
      #expect(refused > 1500, "damage has to be noticed")
      #expect(try Policy.load("\(folder.path)/own").fingerprint == policy.fingerprint)
    }
  }
}
