/// The machine's single-precision arithmetic, measured: the floor under which no kernel can go.
public enum PeakRate {
  /// Floating-point operations a second of fused multiply-adds on all threads of the current runtime at once.
  ///
  /// Sixteen sums of sixteen lanes stay in registers, so that nothing but the multiply-add units is busy. A
  /// multiply-add counts as two operations. The best of several turns that together last `seconds`.
  public static func measured(seconds: Double) throws(EngineError) -> Double {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    let threads = Runtime.current.threads
    let rounds = 1 << 18
    var best = 0.0
    repeat {
      let start = clock.now
      try Parallel.run(threads, "machine") { thread in
        let sum = chains(rounds, Float(thread) * 0x1p-20 + 0.5)
        // Never so, but the compiler cannot know, and has to compute the sums.
        if sum == 3 { Interrupt.flag.pointee = 0 }
      }
      let elapsed = (clock.now - start) / .seconds(1)
      best = max(best, Double(threads * rounds) * 16 * 32 / elapsed)
    } while clock.now < end
    return best
  }

  /// Sixteen independent chains of `rounds` multiply-adds of sixteen lanes.
  @inline(never)
  private static func chains(_ rounds: Int, _ x: Float) -> Float {
    let factor = Lanes(repeating: x)
    let term = Lanes(repeating: x * 0.5)
    var a = (factor, factor, factor, factor, factor, factor, factor, factor)
    var b = a
    for _ in 0..<rounds {
      a.0 = term.addingProduct(a.0, factor)
      a.1 = term.addingProduct(a.1, factor)
      a.2 = term.addingProduct(a.2, factor)
      a.3 = term.addingProduct(a.3, factor)
      a.4 = term.addingProduct(a.4, factor)
      a.5 = term.addingProduct(a.5, factor)
      a.6 = term.addingProduct(a.6, factor)
      a.7 = term.addingProduct(a.7, factor)
      b.0 = term.addingProduct(b.0, factor)
      b.1 = term.addingProduct(b.1, factor)
      b.2 = term.addingProduct(b.2, factor)
      b.3 = term.addingProduct(b.3, factor)
      b.4 = term.addingProduct(b.4, factor)
      b.5 = term.addingProduct(b.5, factor)
      b.6 = term.addingProduct(b.6, factor)
      b.7 = term.addingProduct(b.7, factor)
    }
    let left = a.0 + a.1 + a.2 + a.3 + a.4 + a.5 + a.6 + a.7
    let right = b.0 + b.1 + b.2 + b.3 + b.4 + b.5 + b.6 + b.7
    return (left + right).total
  }
}
