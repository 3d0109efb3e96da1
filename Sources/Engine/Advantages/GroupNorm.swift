extension Advantage {
  /// Rewards centred and scaled within each group (`group_norm`).
  public static func groupNorm(
    _ batch: Batch, deviation: Deviation = .sample, epsilon: Double = 1e-6
  ) throws -> Batch {
    guard epsilon >= 0, epsilon.isFinite else {
      throw EngineError(.argument, "group_norm", "eps has to be a number from 0, got \(epsilon)")
    }
    return try assign(
      perGroup(batch, "group_norm") { rewards, _ in normalised(rewards, deviation, epsilon) }, to: batch)
  }

  /// `values` minus their mean, over their deviation plus `epsilon`; exactly 0 where all are equal.
  static func normalised(_ values: [Double], _ deviation: Deviation, _ epsilon: Double) -> [Double] {
    let deviations = centred(values)
    let scale = deviation.scale(deviations)
    return scale == 0 ? deviations : deviations.map { $0 / (scale + epsilon) }
  }

  static let groupNormCard = AdvantageCard(
    name: "group_norm", summary: "rewards centred and scaled within each group",
    equation: "A_i = (R_i - mean_g) / (std_g + eps)", paper: "arXiv:2402.03300, section 4.1.2",
    objective: "grpo()",
    conventions: ["the paper leaves the kind of standard deviation open and has no eps"],
    edgeCases: [
      "a group whose rewards are all equal, and a group of one, get exactly 0",
      "a reward that is not finite is an error",
    ]
  ) { parameter in
    let deviation = parameter.deviation()
    let epsilon = parameter.epsilon(1e-6, source: "verl, ROLL and slime; TRL 1e-4, OpenRLHF 1e-9")
    return { batch, arguments in
      try groupNorm(batch, deviation: arguments[deviation], epsilon: arguments[epsilon])
    }
  }

  /// Rewards centred within each group (`group_center`).
  public static func groupCenter(_ batch: Batch) throws -> Batch {
    try assign(perGroup(batch, "group_center") { rewards, _ in centred(rewards) }, to: batch)
  }

  static let groupCenterCard = AdvantageCard(
    name: "group_center", summary: "rewards minus the mean of their group", equation: "A_i = R_i - mean_g",
    paper: "arXiv:2503.20783, section 3.2", objective: "dr_grpo()",
    conventions: ["not divided by the deviation, so easy and hard prompts weigh by their spread"],
    edgeCases: ["a group whose rewards are all equal, and a group of one, get exactly 0"]
  ) { _ in { batch, _ in try groupCenter(batch) } }

  static let litePPOCard = AdvantageCard(
    name: "lite_ppo", summary: "rewards minus the mean of their group, over the deviation of the whole batch",
    equation: "A_i = (R_i - mean_g) / (std_batch + eps)", paper: "arXiv:2508.08221",
    objective: "grpo(aggregate: \"token_mean\")",
    conventions: ["the deviation is that of the rewards themselves, as TRL's scale_rewards=\"batch\" has it"],
    edgeCases: ["a batch whose rewards are all equal gets exactly 0"]
  ) { parameter in
    let deviation = parameter.deviation()
    let epsilon = parameter.epsilon(1e-6, source: "as group_norm; TRL 1e-4")
    return { batch, arguments in
      let scale = try arguments[deviation](rewards(batch, "lite_ppo")) + arguments[epsilon]
      return try assign(
        perGroup(batch, "lite_ppo") { rewards, _ in
          centred(rewards).map { $0 == 0 ? 0 : $0 / scale }
        }, to: batch)
    }
  }
}
