import Testing

@testable import Lang

/// What docs/numerics.md promises of runs that are cut and carried on.
@Suite struct RunExactnessTests {
  static let optimizers = [
    "lr: 0.003", "lr: 0.01, warmup: 3, decay: \"cosine\", decay_steps: 9, final: 0.1, weight_decay: 0.1",
    "lr: 0.1, optimizer: \"sgd\", momentum: 0.9",
  ]

  /// Every cut of a run of five steps with two updates each, at the policy value and at a saved one.
  @Test(arguments: optimizers)
  func `a run cut at any step and carried on is the uncut run, weights and log`(_ optimizer: String) throws {
    let program = """
      task = addition(digits: 1)
      base = policy(task, width: 24, heads: 2, \(optimizer), seed: 3) | sft(task, steps: 10, seed: 3)
      fn part(pi, steps) =
          train(pi, task, sapo(), steps: steps, prompts: 6, group: 4, minibatches: 2, temperature: 0.9, ref: base, seed: 5)
      uncut = part(base, 1..5)
      for cut in 1..4 {
          head = part(base, cut)
          save head.policy, folder + "/pi"
          for pi in [head, head.policy, load(folder + "/pi")] {
              tail = part(pi, cut + 1..5)
              expect tail.fingerprint == uncut.fingerprint
              expect json(concat(head.curve, tail.curve)) == json(uncut.curve)
          }
      }
      save base, folder + "/base"
      expect part(load(folder + "/base"), 5).fingerprint == uncut.fingerprint
      expect part(base, 2..6).fingerprint != uncut.fingerprint
      """
    #expect(try PolicyFileTests.message(program) == nil)
  }
}
