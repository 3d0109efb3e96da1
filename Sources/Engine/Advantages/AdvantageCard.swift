/// Everything there is to know about an advantage estimator; help, documentation and the language read it.
public struct AdvantageCard: Sendable {
  /// The name in the language.
  public let name: String
  /// One sentence on what it does.
  public let summary: String
  /// The equation, as plain text.
  public let equation: String
  /// arXiv identifier, and the equation or section where it is known.
  public let paper: String
  /// The objective it goes with, as a call in the language.
  public let objective: String
  /// The parameters, in the order they are documented.
  public let parameters: [Parameter]
  /// How the code differs from the paper, and which of several readings it takes.
  public let conventions: [String]
  /// What happens at the edges.
  public let edgeCases: [String]
  private let estimate: @Sendable (Batch, Arguments) throws -> Batch

  init(
    name: String, summary: String, equation: String, paper: String, objective: String,
    conventions: [String], edgeCases: [String],
    estimate: (Parameters) -> @Sendable (Batch, Arguments) throws -> Batch
  ) {
    let parameters = Parameters()
    self.estimate = estimate(parameters)
    self.name = name
    self.summary = summary
    self.equation = equation
    self.paper = paper
    self.objective = objective
    self.parameters = parameters.list
    self.conventions = conventions
    self.edgeCases = edgeCases
  }

  /// The batch with advantages; throws a sentence that says what to give when an argument is wrong.
  public func callAsFunction(_ batch: Batch, _ given: [String: ParameterValue] = [:]) throws -> Batch {
    try estimate(batch, Arguments(given, for: parameters, of: name))
  }
}

extension Parameters {
  /// A term that keeps a division finite.
  func epsilon(_ value: Double, source: String) -> Argument<Double> {
    self("eps", value, symbol: "eps", "added to the deviation", source: source, .nonNegative)
  }

  /// The kind of standard deviation.
  func deviation() -> Argument<Advantage.Deviation> {
    self(
      "std", Advantage.Deviation.sample, symbol: "std", "\"sample\" divides by G - 1, \"population\" by G",
      source: "TRL, verl, OpenRLHF, ROLL and slime", .choice)
  }
}

/// Every advantage estimator there is that needs a batch alone.
public enum AdvantageCatalog {
  /// The cards, in the order of the literature.
  public static let all: [AdvantageCard] = [
    Advantage.groupNormCard, Advantage.groupCenterCard, Advantage.leaveOneOutCard,
    Advantage.greedyBaselineCard,
    Advantage.reinforcePlusPlusCard, Advantage.reinforcePlusPlusBaselineCard, Advantage.optimalBaselineCard,
    Advantage.optimalTokenBaselineCard,
    Advantage.gpgCard, Advantage.litePPOCard, Advantage.bestOfGroupCard, Advantage.maxRLCard,
    Advantage.gaeCard, Advantage.distillationCard, Advantage.whitenCard,
  ]

  /// The card called `name`.
  public static func card(_ name: String) -> AdvantageCard? { all.first { $0.name == name } }
}
