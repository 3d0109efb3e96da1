// Objectives: `Form` is what they are put together from, and the catalogue; `Surrogates` and `Preferences` have one
// file for each objective.

/// Everything there is to know about an objective; help, documentation and the language read it.
public struct ObjectiveCard: Sendable {
  /// The name in the language.
  public let name: String
  /// The full name.
  public let title: String
  /// One sentence on what it does.
  public let summary: String
  /// The equation, as plain text.
  public let equation: String
  /// arXiv identifier and equation number.
  public let paper: String
  /// What sets it apart from the others, in a few words each.
  public let profile: Profile
  /// The parameters, in the order they are documented.
  public let parameters: [Parameter]
  /// How the code differs from the paper, and which of several readings it takes.
  public let conventions: [String]
  /// What happens at the edges.
  public let edgeCases: [String]
  /// What it measures, by name.
  public let metrics: [(name: String, meaning: String)]
  private let build: @Sendable (Arguments) throws -> any Objective

  init(
    name: String, title: String, summary: String, equation: String, paper: String, profile: Profile,
    conventions: [String], edgeCases: [String],
    metrics: [(name: String, meaning: String)] = ObjectiveCard.surrogateMetrics,
    build: (Parameters) -> @Sendable (Arguments) throws -> any Objective
  ) {
    let parameters = Parameters()
    self.build = build(parameters)
    self.name = name
    self.title = title
    self.summary = summary
    self.equation = equation
    self.paper = paper
    self.profile = profile
    self.parameters = parameters.list
    self.conventions = conventions
    self.edgeCases = edgeCases
    self.metrics = metrics
  }

  /// The objective with the given arguments; throws a sentence that says what to give when one is wrong.
  public func make(_ given: [String: ParameterValue] = [:]) throws -> any Objective {
    try build(Arguments(given, for: parameters, of: name))
  }

  /// What `measure` says of a batch, whatever the objective.
  static let sharedMetrics: [(name: String, meaning: String)] = [
    ("kl", "the k3 estimate of KL(old || current): mean over tokens of exp(z) - 1 - z, z = logp - old"),
    ("kl_k1", "the k1 estimate of the same: mean over tokens of -z"),
    ("ratio_mean", "mean ratio exp(z) of the tokens"),
    ("ratio_min", "least ratio of a token"),
    ("ratio_max", "largest ratio of a token"),
    ("ratio_std", "population standard deviation of the tokens' log ratios z"),
    ("seq_ratio_mean", "mean ratio of the sequences, the geometric mean of their tokens' ratios"),
    ("seq_ratio_min", "least ratio of a sequence"),
    ("seq_ratio_max", "largest ratio of a sequence"),
    ("seq_ratio_std", "population standard deviation of the sequences' log ratios"),
    ("entropy", "mean entropy of the policy over tokens, when it is known"),
    ("sampler_kl", "the k3 estimate of KL(sampler || old), where the sampler reported log-probabilities"),
    ("sampler_std", "population standard deviation of old - sampler over tokens"),
    ("sampler_max", "largest ratio exp(old - sampler) of a token"),
    ("silenced", "share of tokens with an advantage whose gradient is 0, penalties aside"),
    ("seq_silenced", "share of sequences with an advantage all of whose tokens are silenced"),
    (
      "ess",
      "effective sample size of the tokens' gradient weights |d J / d logp / A|, as a share of their number"
    ),
  ]

  /// What every objective does at the edges.
  static let sharedEdgeCases = [
    "an empty sequence contributes 0 and is not counted; a batch without tokens gives 0",
    "an advantage of exactly 0 gives a gradient of exactly 0",
  ]

  /// The convention on log ratios.
  static let clampConvention =
    "log ratios are clamped to -20...20 before the exponential; the gradient is 0 beyond"
}

extension ObjectiveCard {
  /// Lines of descent, in the order in which they came.
  public enum Family: String, Sendable, CaseIterable {
    /// Gradients of the expected reward without a bound on the step.
    case policyGradient = "Policy gradient"
    /// A bound on how far a step goes.
    case trustRegion = "Trust region"
    /// Comparisons of two completions in the place of rewards.
    case preference = "Preferences"
    /// PPO's clip on advantages relative to a group.
    case groupRelative = "Group-relative"
    /// One ratio a sequence.
    case sequenceLevel = "Sequence level"
    /// Weights in the place of a clip around 1.
    case softGates = "Soft and weighted gates"
    /// Corrections for samples of another policy.
    case offPolicy = "Off-policy control"
  }

  /// What a table of objectives says of each.
  public struct Profile: Sendable {
    /// Its line of descent.
    public let family: Family
    /// What a ratio is taken of, and what is silenced at once.
    public let granularity: String
    /// The advantage it goes with, as a call in the language.
    public let advantage: String
    /// The models that have to be held.
    public let models: String
    /// What an update costs beyond one forward and one backward pass.
    public let cost: String
    /// How it goes wrong.
    public let failure: String

    init(
      _ family: Family, granularity: String, advantage: String,
      models: String = "policy; reference with beta",
      cost: String = "none", failure: String
    ) {
      self.family = family
      self.granularity = granularity
      self.advantage = advantage
      self.models = models
      self.cost = cost
      self.failure = failure
    }
  }
}

/// Every objective there is.
public enum ObjectiveCatalog {
  /// The cards, in the order of the literature.
  public static let all = surrogates + preferences

  /// Objectives that weigh log-probabilities or ratios by advantages.
  public static let surrogates: [ObjectiveCard] = [
    Reinforce.card, TRPO.card, PPO.card, GRPO.card, DrGRPO.card, DAPO.card, TwoSidedClip.card, GSPO.card,
    GSPOToken.card, GMPO.card, LUSPO.card, SAPO.card, CISPO.card, BAPO.card, DPPO.card, MASPO.card,
    VESPO.card, Covariance.clip, Covariance.penalised, DeepSeekV32.card, TOPR.card, MirrorDescent.card,
    MirrorDescent.dro,
  ]

  /// Objectives that ask which of two completions is better.
  public static let preferences: [ObjectiveCard] = [
    DPO.card, DPO.conservative, DPO.robust, IPO.card, HingePreference.card, KTO.card, BCO.card, ORPO.card,
    SimPO.card,
    EXO.card, NCA.card, SPPO.card, AOT.card, APO.zero, APO.down,
  ]

  /// The card called `name`.
  public static func card(_ name: String) -> ObjectiveCard? { all.first { $0.name == name } }
}
