import Testing

@testable import Shell

@Suite struct PlainSourceTests {
  /// All events of a source that reads `pieces` from a pipe.
  private func events(_ pieces: [[UInt8]]) throws -> [LineEvent] {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    for piece in pieces { #expect(write(ends[1], piece, piece.count) == piece.count) }
    close(ends[1])
    defer { close(ends[0]) }
    var source = PlainSource(descriptor: ends[0])
    var events: [LineEvent] = []
    while events.last != .endOfInput, events.count < 100_000 {
      events.append(source.readLine(prompt: "never shown"))
    }
    return events
  }

  @Test func `lines end at newlines, the last one at the end`() throws {
    #expect(
      try events([Array("a\n\nb\r\nc".utf8)])
        == [.line("a"), .line(""), .line("b"), .line("c"), .endOfInput])
    #expect(try events([]) == [.endOfInput])
    #expect(try events([Array("x\n".utf8)]) == [.line("x"), .endOfInput])
  }

  @Test func `bytes that are not UTF-8 are replaced`() throws {
    #expect(try events([[0x61, 0xFF, 0x0A]]) == [.line("a\u{FFFD}"), .endOfInput])
  }

  @Test func `a line longer than the buffer is whole`() throws {
    // A pipe holds 64 kB: the longest line that fits without a second thread.
    let long = [UInt8](repeating: 0x61, count: 65_000)
    #expect(
      try events([long, Array("\nb\n".utf8)]) == [
        .line(String(repeating: "a", count: 65_000)), .line("b"), .endOfInput,
      ])
  }
}
