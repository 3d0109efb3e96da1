/// Supervised steps on a task's own answers, so that sampling has something to find.
///
/// Of a task of several turns, the turns are imitated and the environment's replies only read.
///
/// `balance` times the load-balancing loss of experts is descended beside the likelihood. Uses an optimiser of its own;
/// the policy that comes back has its own optimiser, still fresh. `progress` gets the number of steps done and the loss
/// in nats a token.
public func coldStart(
  _ policy: Policy, _ task: any RewardTask, steps: Int, batch: Int, learningRate: Double, balance: Double = 0,
  seed: UInt64,
  progress: (_ done: Int, _ loss: Double) throws -> Void
) throws -> (policy: Policy, losses: [Double]) {
  try requireFit(policy, task, for: "sft")
  var learner = try policy.withFreshOptimizer(OptimizerConfiguration(learningRate: learningRate))
  var losses: [Double] = []
  for step in 0..<max(steps, 0) {
    let examples = try task.examples(.supervised, count: batch, seed: seed, step: UInt64(step))
    let shown = try examples.enumerated().map { index, example in
      var draws = Draws(Philox(seed: seed, .supervised, UInt64(step), UInt64(index), 1))
      return try Demonstration(task, example, &draws)
    }
    let sequences = TokenSequences(
      prompts: try examples.map { try task.tokenizer.encode($0.prompt) }, promptOf: Array(0..<examples.count),
      completions: shown.map(\.tokens), tokenizer: task.tokenizer)
    let (result, loss) = try superviseStep(
      learner, sequences, mask: shown.flatMap(\.isAction), balance: balance)
    learner = result.policy
    losses.append(loss)
    try progress(step + 1, loss)
  }
  return (try learner.withFreshOptimizer(policy.optimizer), losses)
}
