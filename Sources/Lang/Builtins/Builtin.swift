/// A builtin's card: what it is called, what it does, examples that are its documentation and its tests.
public struct Builtin: Sendable {
  /// What the documentation groups builtins by.
  public enum Family: String, Sendable, CaseIterable {
    case core = "Values and functions"
    case mathematics = "Mathematics"
    case tensors = "Tensors"
    case reductions = "Reductions"
    case lists = "Lists and records"
    case texts = "Texts"
    case tables = "Tables"
    case calculus = "Differentiation"
    case random = "Random numbers"
    case models = "Tasks, policies and rollouts"
    case objectives = "Advantages and objectives"
    case training = "Training and sweeps"
    case output = "Output, plots and files"
  }

  /// The heading it stands under in the documentation.
  public let family: Family
  /// How it is called; a constant has no parameters.
  public let signature: Signature
  /// One sentence, without a full stop.
  public let summary: String
  /// Further paragraphs: parameters, shapes, errors.
  public let details: String
  /// Programs of a line or more; a line `#=> text` after a line says what it prints.
  public let examples: [String]
  /// Whether it can be called without parentheses at the start of a statement.
  public let isCommand: Bool
  /// Text in the language that does the same, for `??`.
  public let source: String?
  /// Its value, where it is a number and no function.
  let constant: Double?
  let body: @Sendable (Call) throws -> Value

  /// The card of a constant.
  init(_ family: Family, _ name: String, _ summary: String, examples: [String] = [], constant: Double) {
    self.init(family, name, summary, examples: examples, constant: constant) { _ in .number(constant) }
  }

  init(
    _ family: Family, _ signature: String, _ summary: String, details: String = "", examples: [String] = [],
    isCommand: Bool = false, source: String? = nil, constant: Double? = nil,
    body: @escaping @Sendable (Call) throws -> Value
  ) {
    self.family = family
    self.signature = Signature(signature)
    self.summary = summary
    self.details = details
    self.examples = examples
    self.isCommand = isCommand
    self.source = source
    self.constant = constant
    self.body = body
  }

  /// The name in the language.
  public var name: String { signature.name }
}

/// Every builtin there is.
public struct BuiltinCatalog: Sendable {
  /// The one catalogue; a constant.
  public static let shared = BuiltinCatalog(
    CoreBuiltins.all + MathBuiltins.all + TensorBuiltins.all + ReductionBuiltins.all + ListBuiltins.all
      + TextBuiltins.all + TableBuiltins.all + CalculusBuiltins.all + RandomBuiltins.all + ModelBuiltins.all
      + RolloutBuiltins.all + BatchBuiltins.all + AdvantageBuiltins.all + SamplingBuiltins.all
      + ObjectiveBuiltins.all + PreferenceBuiltins.all + ComparisonBuiltins.all + CardBuiltins.all
      + TrainingBuiltins.all + CriticBuiltins.all + TrustRegionBuiltins.all + OutputBuiltins.all)

  /// The cards, in the order of `names`; where two share a name, the first is found by it.
  public let builtins: [Builtin]
  /// The names, in the order of the catalogue.
  public let names: [String]
  /// The names that can be called without parentheses.
  public let commands: Set<String>
  private let positions: [String: Int]
  private let values: [Value]

  init(_ builtins: [Builtin]) {
    self.builtins = builtins
    self.names = builtins.map(\.name)
    self.commands = Set(builtins.filter(\.isCommand).map(\.name))
    self.positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.values = builtins.map { builtin in
      builtin.constant.map { .number($0) } ?? .object(NativeFunction(builtin))
    }
  }

  func position(_ name: String) -> Int? { positions[name] }

  func value(_ position: Int) -> Value { values[position] }

  /// The card of a builtin.
  public func builtin(_ name: String) -> Builtin? { positions[name].map { builtins[$0] } }
}
