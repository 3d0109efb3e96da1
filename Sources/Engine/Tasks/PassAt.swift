/// What repeated attempts at the same questions say.
public enum Evaluation {
  /// The unbiased estimate of the chance that at least one of k attempts is right, from n attempts of which c were.
  ///
  ///     pass@k = 1 - C(n - c, k) / C(n, k) = 1 - prod_{i = n-c+1..n} (1 - k / i)
  ///
  /// Paper: arXiv:2107.03374, eq. (1). Throws unless 1 <= k <= n and 0 <= c <= n.
  public static func passAt(_ k: Int, samples n: Int, correct c: Int) throws -> Double {
    guard n >= 1, c >= 0, c <= n else {
      throw EngineError(.argument, "pass_at", "\(c) right of \(n) attempts is impossible")
    }
    guard k >= 1, k <= n else {
      throw EngineError(
        .argument, "pass_at", "k has to be from 1 to the number of attempts, \(n), got \(k)",
        hint: "evaluate with more samples")
    }
    if n - c < k { return 1 }
    var missed = 1.0
    for i in (n - c + 1)..<(n + 1) {
      if i & 0xFFFFF == 0 { try Interrupt.check("pass_at") }
      missed *= 1 - Double(k) / Double(i)
      // No later factor makes it anything else.
      if missed == 0 { break }
    }
    return 1 - missed
  }

  /// The answer given most often; of several the one that came first, and nil of none.
  public static func majority(_ answers: [String]) -> String? {
    var counts: [String: Int] = [:]
    for answer in answers { counts[answer, default: 0] += 1 }
    var best: String?
    for answer in answers where counts[answer, default: 0] > best.map({ counts[$0, default: 0] }) ?? 0 {
      best = answer
    }
    return best
  }
}
