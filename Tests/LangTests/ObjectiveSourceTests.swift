import Engine
import Testing

@testable import Lang

/// What `??` shows of an objective is the objective.
@Suite struct ObjectiveSourceTests {
  @Test func `every objective of the engine has an equivalent in the language, and nothing else has`() {
    #expect(Set(Library.objectives.keys) == Set(ObjectiveCatalog.all.map(\.name)))
  }

  @Test func `every advantage estimator of the engine has an example`() {
    for card in AdvantageCatalog.all {
      #expect(Library.advantageExamples[card.name]?.contains("#=>") == true)
    }
  }

  /// Six sequences in groups of three, ragged, with log ratios from -0.9 to 0.9 and a reference.
  static let batch = """
    fn noise(n, seed) = (rand(n, seed: seed) - 0.5) * 1.8
    lengths = [3, 1, 4, 2, 5, 2]
    old = map(enumerate(lengths, start: 0), (i, n) => -1 - rand(n, seed: i))
    b = batch(
        logp: map(zip(old, range(6)), (o, i) => o + noise(len(o), 10 + i)),
        old: old, ref: map(zip(old, range(6)), (o, i) => o + noise(len(o), 20 + i)),
        reward: [1, 0, 0.5, 0, 0, 1], group: 3) | group_norm

    """

  @Test(arguments: ObjectiveCatalog.surrogates.map(\.name))
  func `an objective written in the language has the value and gradient of the built-in one`(name: String)
    throws
  {
    let source = try #require(Library.objectives[name])
    // The same operations in another order: differences of a few units in the last place.
    let program =
      ObjectiveSourceTests.batch + """
        built_in = \(name)()
        \(source.replacingFirst("fn \(name)(", with: "fn written("))
        expect close(written(b), built_in(b), tol: 1e-12)
        expect close(grad(written, b), grad(built_in, b), tol: 1e-12)
        expect norm(grad(written, b)) > 1e-5 or find("gspo gspo_token luspo", "\(name)") != none
        """
    #expect(Session.message(program) == nil)
  }

  /// Weights reach an objective of the language in its advantages, so those that are not linear in them, or that take
  /// them into the ratio, are left out.
  static let linear = ObjectiveCatalog.surrogates.map(\.name).filter {
    !["maspo", "bapo", "vespo", "clip_cov", "kl_cov", "mirror_descent", "dro"].contains($0)
  }

  @Test(arguments: linear)
  func `an objective written in the language obeys the mask and the weights as the built-in one does`(
    name: String
  ) throws {
    let source = try #require(Library.objectives[name])
    let program =
      ObjectiveSourceTests.batch + """
        built_in = \(name)()
        \(source.replacingFirst("fn \(name)(", with: "fn written("))
        b.weight = map(range(len(b)), i => [0.5, 2, 0][i % 3])
        b = mask(b, b.position != 1)
        expect close(grad(written, b), grad(built_in, b), tol: 1e-12)
        expect all(grad(built_in, b)[0][1] == 0)
        c = compare([written, built_in], b)
        expect c[0].silenced == c[1].silenced and close(c[0].ess, c[1].ess)
        """
    #expect(Session.message(program) == nil)
  }

  @Test(arguments: [
    "clip_cov share: 0.3, low: 0", "clip_cov share: 1, low: 0.2, high: 0.5", "kl_cov share: 0.4, price: 0.3",
    "dro strength: 1.5", "mirror_descent tau: 0.7", "topr cap: 0.6",
  ])
  func `the choice of tokens and the pull back are written as they are built in`(call: String) throws {
    let name = String(call.prefix { $0 != " " })
    let arguments = call.dropFirst(name.count + 1)
    let source = try #require(Library.objectives[name])
    let program =
      ObjectiveSourceTests.batch + """
        built_in = \(name)(\(arguments))
        \(source.replacingFirst("fn \(name)(", with: "fn written("))
        expect close(written(b, \(arguments)), built_in(b), tol: 1e-12)
        expect close(grad(b => written(b, \(arguments)), b), grad(built_in, b), tol: 1e-12)
        expect norm(grad(built_in, b) - grad(\(name)(), b)) > 1e-6
        """
    #expect(Session.message(program) == nil)
  }

  /// Three pairs of uneven length, the second with the rejected sequence first, and a reference point for kto.
  static let pairs = """
    old = map(enumerate([3, 1, 4, 2, 5, 2], start: 0), (i, n) => -1 - rand(n, seed: i))
    shifted = seed => map(zip(old, range(6)), (o, i) => o + (rand(len(o), seed: seed + i) - 0.5) * 1.8)
    b = batch(logp: shifted(10), old: old, ref: shifted(20), pair: 2, chosen: [1, 0, 0, 1, 1, 0],
        mismatched: [0.4, -0.1, 0.3, 0.2, 0.1, 0.2])

    """

  @Test(arguments: ObjectiveCatalog.preferences.map(\.name))
  func `a preference objective written in the language has the value and gradient of the built-in one`(
    name: String
  ) throws {
    let source = try #require(Library.objectives[name])
    let program =
      ObjectiveSourceTests.pairs + """
        built_in = \(name)()
        \(source.replacingFirst("fn \(name)(", with: "fn written("))
        expect close(written(b), built_in(b), tol: 1e-12)
        expect close(grad(written, b), grad(built_in, b), tol: 1e-12)
        expect norm(grad(written, b)) > 1e-3
        """
    #expect(Session.message(program) == nil)
  }

  @Test(arguments: [
    "dpo divergence: \"forward_kl\"", "dpo divergence: \"js\"", "dpo divergence: \"alpha\", alpha: 0.3",
    "aot comparison: \"unpaired\"", "bco point: \"fixed\", delta: 0.3",
  ])
  func `the variants of a preference objective are written as they are built in`(call: String) throws {
    let name = String(call.prefix { $0 != " " })
    let arguments = call.dropFirst(name.count + 1)
    let source = try #require(Library.objectives[name])
    let program =
      ObjectiveSourceTests.pairs + """
        built_in = \(name)(\(arguments))
        \(source.replacingFirst("fn \(name)(", with: "fn written("))
        expect close(written(b, \(arguments)), built_in(b), tol: 1e-12)
        expect close(grad(written, b, \(arguments)), grad(built_in, b), tol: 1e-12)
        expect not close(built_in(b), \(name)()(b), tol: 1e-6)
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `the reference pulls as the written GRPO says`() throws {
    let source = try #require(Library.objectives["grpo"])
    let program =
      ObjectiveSourceTests.batch + """
        \(source.replacingFirst("fn grpo(", with: "fn written("))
        expect close(written(b, beta: 0.3), grpo(beta: 0.3)(b), tol: 1e-12)
        expect close(grad(written, b, beta: 0.3), grad(grpo(beta: 0.3), b), tol: 1e-12)
        expect not close(grpo(beta: 0.3)(b), grpo()(b), tol: 1e-3)
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `GSPO with a wide clip has a gradient`() throws {
    let source = try #require(Library.objectives["gspo"])
    let program =
      ObjectiveSourceTests.batch + """
        \(source.replacingFirst("fn gspo(", with: "fn written("))
        expect close(grad(written, b, clip_low: 0.2, clip_high: 0.2), grad(gspo(clip_low: 0.2, clip_high: 0.2), b), tol: 1e-12)
        expect norm(grad(gspo(clip_low: 0.2, clip_high: 0.2), b)) > 1e-3
        """
    #expect(Session.message(program) == nil)
  }

  @Test(arguments: [
    "sapo()", "grpo()", "dapo()", "dr_grpo()", "two_sided()", "reinforce()",
    "gspo(clip_low: 0.2, clip_high: 0.2)",
    "gmpo()", "luspo(clip_low: 0.2, clip_high: 0.2)", "bapo()", "deepseek_v32(clip: 0.5)",
    "gated((r, A) => where(A > 0, tanh(r), r))", "gated((r, A) => r, ratio: \"trajectory\")",
  ])
  func `gradients of objectives agree with central differences`(call: String) throws {
    // Steps of 1e-5 in double precision leave about nine digits.
    #expect(Session.message(ObjectiveSourceTests.batch + "expect check_grad(\(call), b).error < 1e-7") == nil)
  }

  @Test(arguments: [
    "grpo()", "sapo(beta: 0.1)", "b => token_mean(b.ratio * b.advantage)", "gated((r, A) => r)",
  ])
  func `a bonus on entropy goes with any objective, and leaves its statistics as they are`(call: String)
    throws
  {
    let program =
      ObjectiveSourceTests.batch + """
        b.entropy = map(enumerate(lengths, start: 0), (i, n) => rand(n, seed: 40 + i))
        base = \(call)
        both = entropy_bonus(base, 0.3)
        expect close(both(b), base(b) + 0.3 * token_mean(b.entropy), tol: 1e-14)
        expect close(grad(both, b), grad(base, b), tol: 0)
        c = compare([base, both], b)
        expect c[0].silenced == c[1].silenced and c[0].ess == c[1].ess
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `a gate of one's own is an objective like any other`() throws {
    let program =
      ObjectiveSourceTests.batch + """
        soft = (r, A) => 4 / 1.5 * sigmoid(1.5 * (r - 1))
        slope = (r, A) => 4 * sigmoid(1.5 * (r - 1)) * sigmoid(-1.5 * (r - 1))
        mine = gated(soft, slope: slope)
        same = sapo(tau_pos: 1.5, tau_neg: 1.5)
        expect close(mine(b), same(b), tol: 1e-14)
        expect close(grad(mine, b), grad(same, b), tol: 1e-14)
        expect close(mine.weight(2, 1), same.weight(2, 1), tol: 1e-14)
        expect close(gated(soft).weight(2, -1), same.weight(2, -1), tol: 1e-14)
        narrow = gated((r, A) => clip(r, 1 - 3e-4, 1 + 4e-4), ratio: "sequence")
        expect close(narrow.weight(1, 1), 1)
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `a gate whose slope is wrong is refused with the place`() throws {
    let soft = "(r, A) => 4 / 1.05 * sigmoid(1.05 * (r - 1))"
    // The slope of the gate as it is often misquoted, with 4 tau in the place of 4 / tau.
    let wrong = Session.message(
      "gated(\(soft), slope: (r, A) => 4 * 1.05 ^ 2 * sigmoid(1.05 * (r - 1)) * sigmoid(-1.05 * (r - 1)))")
    #expect(wrong?.contains("at r = 0.0513, A > 0 the slope is") == true)
    #expect(
      Session.message("gated((r, A) => stop(r))")?.contains("the slope is 0, but the gate rises by 1") == true
    )
    #expect(Session.message("gated((r, A) => stop(r), check: false)") == nil)
    #expect(Session.message("gated((r, A) => sum(r))")?.contains("element by element") == true)
    #expect(Session.message("gated((r, A) => \"x\")")?.contains("must give numbers") == true)
    #expect(Session.message("gated(3)")?.contains("must be a function") == true)
    #expect(Session.message("gated((r, A) => r, ratio: \"word\")")?.contains("`ratio` must be") == true)
  }

  @Test func `wrong parameters are refused with what to give`() {
    #expect(Session.message("sapo(tau_neg: 0)")?.contains("tau_neg has to be a number above 0") == true)
    #expect(Session.message("grpo(clip: -1)")?.contains("clip has to be") == true)
    #expect(Session.message("grpo(clap: 1)")?.contains("no parameter `clap`") == true)
    #expect(
      Session.message(ObjectiveSourceTests.batch + "grpo(beta: 1)(batch(logp: [[-1]], advantage: [1]))")?
        .contains("ref") == true)
    #expect(Session.message("sapo()(batch(logp: [[-1]]))")?.contains("advantage") == true)
  }
}

extension String {
  func replacingFirst(_ part: String, with other: String) -> String {
    guard let range = try? TextSearch.range(of: part, in: self) else { return self }
    return replacingCharacters(in: range, with: other)
  }

  private func replacingCharacters(in range: Swift.Range<Index>, with other: String) -> String {
    String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
