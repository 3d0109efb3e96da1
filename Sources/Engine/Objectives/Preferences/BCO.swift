/// Binary Classifier Optimization: a classifier whose logit is the implicit reward tells good completions from bad
/// ones.
///
/// Shapes: as `LabelObjective`. Gradient: beta sigma(delta - r) at a token of a chosen completion, -beta sigma(r -
/// delta) at one of a rejected one, over B; delta is a constant. Deviations: delta is of the batch unless it is given,
/// where the paper has a running mean over batches; its density-ratio weights for prompts of differing distributions
/// are left to the column `weight`.
enum BCO {
  /// Where the reward shift comes from.
  enum Point: String, CaseIterable {
    /// Halfway between the mean rewards of the batch's chosen and of its rejected completions.
    case batch
    /// The parameter `delta`.
    case fixed
  }

  static let card = ObjectiveCard(
    name: "bco", title: "Binary Classifier Optimization",
    summary:
      "each completion is classified as good or bad by its implicit reward, shifted to lie between the two kinds",
    equation: """
      J = (1/B) sum_i v_i
      v = log sigma(r - delta)  of a chosen completion,   log sigma(delta - r)  of a rejected one
      r = beta sum_t (logp - ref),   delta = (mean r of the chosen + mean r of the rejected) / 2
      """,
    paper: "arXiv:2404.04656, section 4",
    profile: .init(
      .preference, granularity: "sequence", advantage: "pairs", models: "policy, reference",
      failure: "delta is noisy in a small batch, and wrong in one that has a single kind"),
    conventions: [
      "needs no pairs: the column `chosen` says of each completion whether it is good",
      "point: \"fixed\" with its delta of 0 is TRL's bco_pair, whose value is twice this one: it adds up a pair's two terms",
      "delta is taken over the batch of the update; the paper and TRL's former BCOTrainer take the mean over all batches so far, "
        + "which a loop carries and gives as delta: scripts/algorithms/bco.rls",
    ],
    edgeCases: ObjectiveCard.labelEdgeCases + ["of a kind that the batch lacks the mean reward counts as 0"],
    metrics: ObjectiveCard.labelMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "TRL; arXiv:2404.04656, appendix C, has 0.01")
    let point = parameter(
      "point", Point.batch, symbol: "delta", "where the shift of rewards comes from",
      source: "arXiv:2404.04656, section 4", .choice)
    let delta = parameter(
      "delta", 0, symbol: "delta", "the shift of rewards with point: \"fixed\"", source: "TRL's bco_pair",
      .finite)
    return { arguments in
      let (point, delta) = (try arguments[point], try arguments[delta])
      return LabelObjective(
        name: "bco", beta: try arguments[beta],
        point: { _, rewards, isChosen in
          switch point {
          case .fixed: delta
          case .batch:
            try
              (LabelObjective.mean(rewards, where: isChosen)
              + LabelObjective.mean(rewards, where: 1 - isChosen)) / 2
          }
        },
        gain: { (try UnaryOperation.logSigmoid($0), try UnaryOperation.logSigmoid(-$0)) })
    }
  }
}
