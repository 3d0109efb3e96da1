import Testing

@testable import Lang

/// Rollouts that TRL's GRPOTrainer dumped, with the losses it computed for them (`scripts/golden/trl_rollouts.py`).
@Suite struct TRLRolloutTests {
  /// TRL minimises, so its loss is the negative of the objective; both sum in single and double precision.
  @Test(arguments: [
    ("grpo", #"l => grpo(clip: l.epsilon, beta: l.beta, kl: "unbiased")"#),
    ("dapo", "l => dapo(clip_low: l.epsilon, clip_high: l.epsilon_high)"),
    ("dapo_split", "l => dapo(clip_low: l.epsilon, clip_high: l.epsilon_high)"),
    ("sapo", "l => sapo(tau_pos: l.sapo_temperature_pos, tau_neg: l.sapo_temperature_neg)"),
  ])
  func `an objective of dumped rollouts is the negative of TRL's loss`(run: String, objective: String) throws
  {
    let program = """
      folder = "\(SourceTree.root)/Tests/Golden/trl_rollouts/\(run)/"
      losses = filter(split(read_text(folder + "losses.jsonl"), "\\n"), line => len(line) > 0) | map(from_json)
      objective = \(objective)
      largest = 0
      for l in losses {
          b = load_rollouts(folder + l.file)
          # DAPO divides by the tokens of its share of a generation, which are not always those of the step.
          share = if l.loss_type == "dapo" { sum(b.length) / l.tokens } else { 1 }
          value = objective(l)(b) * share
          expect abs(value + l.loss) < 1e-5
          largest = max(largest, max(abs(b.ratio - 1)))
      }
      expect largest > 0.3
      """
    #expect(Session.message(program) == nil)
  }
}
