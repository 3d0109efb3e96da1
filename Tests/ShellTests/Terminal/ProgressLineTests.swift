import Synchronization
import Testing

@testable import Shell

@Suite struct ProgressLineTests {
  /// A clock that stands still until it is set, and a screen that remembers.
  private final class Bench: Sendable {
    private let time = Mutex(0.0)
    private let written = Mutex<[String]>([])

    var writes: [String] { written.withLock { $0 } }

    func set(_ seconds: Double) { time.withLock { $0 = seconds } }

    func line(width: Int? = 60) -> ProgressLine {
      ProgressLine(
        width: width, usesUnicode: false, clock: { self.time.withLock { $0 } },
        write: { text in self.written.withLock { $0.append(text) } })
    }
  }

  @Test func `quick work shows nothing`() {
    let bench = Bench()
    let line = bench.line()
    bench.set(0.29)
    line.update("train", fraction: 0.9)
    line.finish()
    #expect(bench.writes.isEmpty)
  }

  @Test func `long work is drawn at most ten times a second and erased`() {
    let bench = Bench()
    let line = bench.line()
    for hundredth in 0...200 {
      bench.set(Double(hundredth) / 100)
      line.update("train", fraction: Double(hundredth) / 200)
    }
    line.finish()
    let drawn = bench.writes.dropLast()
    // From 0.3 s to 2 s, one in ten hundredths; rounding of the clock may cost a drawing now and then.
    #expect((14...18).contains(drawn.count))
    #expect(drawn.allSatisfy { !$0.isEmpty && !$0.contains("\n") })
    #expect(bench.writes.last == "")
  }

  @Test func `a line that goes away unfinished erases itself`() {
    let bench = Bench()
    do {
      let line = bench.line()
      bench.set(1)
      line.update("train", fraction: 0.5)
      #expect(bench.writes.count == 1)
    }
    #expect(bench.writes.last == "")
  }

  @Test func `hiding twice erases once, and the next report brings the line back`() {
    let bench = Bench()
    let line = bench.line()
    bench.set(1)
    line.update("train", fraction: 0.5)
    line.hide()
    line.hide()
    line.update("train", fraction: 0.5)
    #expect(bench.writes.map { $0.isEmpty } == [false, true, false])
  }

  @Test func `nothing is written where nobody watches`() {
    let bench = Bench()
    let line = bench.line(width: nil)
    bench.set(5)
    line.update("train", fraction: 0.5)
    line.finish()
    #expect(bench.writes.isEmpty)
  }

  @Test func `the text tells the part done and the time left`() {
    // 10 s for 12 of 24 parts: 10 s are left. One column stays free: 5 + 2 + 17 + 18 = 43 - 1.
    #expect(
      ProgressLine.line("sweep", fraction: 0.5, elapsed: 10, left: 10, width: 43, usesUnicode: false)
        == "sweep  [########         ]  50%  0:10 left")
    #expect(
      ProgressLine.line("sweep", fraction: 0.25, elapsed: 1, left: 3, width: 38, usesUnicode: true)
        == "sweep  ━━━╌╌╌╌╌╌╌╌╌╌╌  25%  0:03 left")
    #expect(
      ProgressLine.line("load", fraction: nil, elapsed: 65, width: 40, usesUnicode: false)
        == "load  1:05")
  }

  @Test(arguments: [0, 1, 5, 20, 30, 80])
  func `the text fits whatever the width and the numbers`(width: Int) {
    for fraction in [0, 1, 3, -0.5, 1e-300, .nan, .infinity] {
      let line = ProgressLine.line(
        "a long name\nof work", fraction: fraction, elapsed: 1e9, width: width, usesUnicode: true)
      #expect(line.count < max(width, 1))
      #expect(!line.contains("\n"))
    }
  }

  @Test(arguments: [
    (7.4, "0:07"), (750.0, "12:30"), (7500.0, "2:05:00"), (.infinity, "long"), (-3.0, "0:00"),
  ])
  func `durations read as clocks do`(seconds: Double, text: String) {
    #expect(ProgressLine.duration(seconds) == text)
  }
}
