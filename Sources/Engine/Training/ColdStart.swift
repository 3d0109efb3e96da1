/// Supervised steps on a task's own answers, so that sampling has something to find.
///
/// Uses an optimiser of its own; the policy that comes back has its own optimiser, still fresh. `progress`
/// gets the number of steps done and the loss in nats a token.
public func coldStart(
  _ policy: Policy, _ task: any RewardTask, steps: Int, batch: Int, learningRate: Double, seed: UInt64,
  progress: (_ done: Int, _ loss: Double) throws -> Void
) throws -> (policy: Policy, losses: [Double]) {
  try requireFit(policy, task, for: "sft")
  var learner = try policy.withFreshOptimizer(OptimizerConfiguration(learningRate: learningRate))
  var losses: [Double] = []
  for step in 0..<max(steps, 0) {
    let examples = try task.examples(.supervised, count: batch, seed: seed, step: UInt64(step))
    let sequences = TokenSequences(
      prompts: try examples.map { try task.tokenizer.encode($0.prompt) }, promptOf: Array(0..<examples.count),
      completions: try examples.map { try task.tokenizer.encode($0.target) + [task.tokenizer.endToken] },
      tokenizer: task.tokenizer)
    let (result, loss) = try superviseStep(learner, sequences)
    learner = result.policy
    losses.append(loss)
    try progress(step + 1, loss)
  }
  return (try learner.withFreshOptimizer(policy.optimizer), losses)
}
