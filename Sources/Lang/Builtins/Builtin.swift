// Builtins: the functions of the shell. A card has the name, the words for help, examples that are tests, and a body
// that declares its parameters. Each folder is a family.

import Synchronization

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
    case studies = "Statistics of a study"
    case output = "Output, plots and files"
  }

  /// What a call does, once its parameters are declared.
  public typealias Body = @Sendable (Call) throws -> Value

  /// The heading it stands under in the documentation.
  public let family: Family
  /// The name in the language.
  public let name: String
  /// One sentence, without a full stop.
  public let summary: String
  /// Programs of a line or more; a line `#=> text` after a line says what it prints.
  public let examples: [String]
  /// Whether it can be called without parentheses at the start of a statement.
  public let isCommand: Bool
  /// Its value, where it is a number and no function.
  let constant: Double?
  private let detailsText: @Sendable () -> String
  private let sourceText: @Sendable () -> String?
  private let declare: @Sendable (Parameters) -> Body

  /// The card of a function: `body` declares the parameters and gives what a call does.
  ///
  /// Nothing but the name is looked at before a program or a reader uses the builtin, which keeps the start short.
  init(
    _ family: Family, _ name: String, _ summary: String,
    details: @autoclosure @escaping @Sendable () -> String = "",
    examples: [String] = [], isCommand: Bool = false,
    source: @autoclosure @escaping @Sendable () -> String? = nil,
    body: @escaping @Sendable (Parameters) -> Body
  ) {
    self.family = family
    self.name = name
    self.summary = summary
    self.detailsText = details
    self.examples = examples
    self.isCommand = isCommand
    self.sourceText = source
    self.constant = nil
    self.declare = body
  }

  /// The card of a constant.
  init(_ family: Family, _ name: String, _ summary: String, examples: [String] = [], constant: Double) {
    self.family = family
    self.name = name
    self.summary = summary
    self.detailsText = { "" }
    self.examples = examples
    self.isCommand = false
    self.sourceText = { nil }
    self.constant = constant
    self.declare = { _ in { _ in .number(constant) } }
  }

  /// Further paragraphs: parameters, shapes, errors.
  public var details: String { detailsText() }

  /// Text in the language that does the same, for `??`.
  public var source: String? { sourceText() }

  /// How it is called; a constant has no parameters.
  public var signature: Signature { definition.signature }

  /// The parameters and the body that reads them.
  var definition: (signature: Signature, body: Body) {
    let parameters = Parameters()
    let body = declare(parameters)
    return (Signature(name: name, parameters: parameters.list), body)
  }
}

/// Every builtin there is.
public final class BuiltinCatalog: Sendable {
  /// The one catalogue; a constant.
  public static let shared = BuiltinCatalog(
    CoreBuiltins.all + TimeBuiltins.all + MathBuiltins.all + TensorBuiltins.all + ReductionBuiltins.all
      + SeriesBuiltins.all
      + ListBuiltins.all
      + TextBuiltins.all + RegexBuiltins.all + TableBuiltins.all + CalculusBuiltins.all + RandomBuiltins.all
      + TaskBuiltins.all
      + ModelBuiltins.all + EvaluationBuiltins.all
      + ExpertBuiltins.all
      + RolloutBuiltins.all + BatchBuiltins.all + AdvantageBuiltins.all + SamplingBuiltins.all
      + ObjectiveBuiltins.all + PreferenceBuiltins.all + ComparisonBuiltins.all + CardBuiltins.all
      + TrainingBuiltins.all + RunBuiltins.all + StudyBuiltins.all + CriticBuiltins.all
      + TrustRegionBuiltins.all
      + OutputBuiltins.all + FolderBuiltins.all + SettingBuiltins.all)

  /// The cards, in the order of `names`; where two share a name, the first is found by it.
  public let builtins: [Builtin]
  /// The names, in the order of the catalogue.
  public let names: [String]
  /// The names that can be called without parentheses.
  public let commands: Set<String>
  private let positions: [String: Int]
  /// The functions that were asked for so far; each is one object for good.
  private let functions: Mutex<[NativeFunction?]>

  init(_ builtins: [Builtin]) {
    self.builtins = builtins
    self.names = builtins.map(\.name)
    self.commands = Set(builtins.filter(\.isCommand).map(\.name))
    self.positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.functions = Mutex(builtins.map { _ in nil })
  }

  func position(_ name: String) -> Int? { positions[name] }

  /// The function, or the number of a constant.
  func value(_ position: Int) -> Value {
    if let constant = builtins[position].constant { return .number(constant) }
    return functions.withLock { functions in
      if let function = functions[position] { return .object(function) }
      let function = NativeFunction(builtins[position])
      functions[position] = function
      return .object(function)
    }
  }

  /// The card of a builtin.
  public func builtin(_ name: String) -> Builtin? { positions[name].map { builtins[$0] } }
}
