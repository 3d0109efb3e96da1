import Testing

@testable import Engine

/// What the parameters of every objective and every advantage may not be.
@Suite struct ParameterTests {
  /// A parameter of a card and a value outside its range.
  struct Misuse: Sendable, CustomTestStringConvertible {
    let owner: String
    let parameter: Parameter
    let value: ParameterValue

    var testDescription: String { "\(owner)(\(parameter.name): \(value))" }
    var arguments: [String: ParameterValue] { [parameter.name: value] }
  }

  static let objectives = ObjectiveCatalog.all.flatMap { card in misuses(card.name, card.parameters) }
  static let advantages = AdvantageCatalog.all.flatMap { card in misuses(card.name, card.parameters) }

  static func misuses(_ owner: String, _ parameters: [Parameter]) -> [Misuse] {
    parameters.flatMap { parameter in
      wrong(parameter.allowed).map { Misuse(owner: owner, parameter: parameter, value: $0) }
    }
  }

  static func wrong(_ allowed: Parameter.Allowed) -> [ParameterValue] {
    let numbers: [Double]
    switch allowed {
    case .finite: numbers = [.nan, .infinity, -.infinity]
    case .positive: numbers = [0, -1, .nan, .infinity]
    case .nonNegative: numbers = [-1e-9, .nan, .infinity]
    case .below(let bound): numbers = [-0.1, bound, .nan]
    case .share: numbers = [-0.1, 1.1, .nan]
    case .above(let bound): numbers = [bound, -.infinity, .nan]
    case .integer(let range):
      numbers = [Double(range.lowerBound) - 1, Double(range.lowerBound) + 0.5, .nan]
    case .oneOf: return [.text("no_such"), .text(""), .number(1)]
    case .anyText, .file: return [.number(1)]
    }
    return numbers.map { .number($0) } + [.text("much")]
  }

  func message(_ body: () throws -> Void) throws -> EngineError {
    try #require(#expect(throws: EngineError.self) { try body() })
  }

  @Test(arguments: objectives) func `an objective says what its parameter has to be`(_ misuse: Misuse) throws
  {
    let card = try #require(ObjectiveCatalog.card(misuse.owner))
    let error = try message { _ = try card.make(misuse.arguments) }
    let said = "\(misuse.parameter.name) has to be \(misuse.parameter.range), got \(misuse.value)"
    #expect(error.description == "\(misuse.owner): \(said)")
    #expect(error.hint?.hasPrefix("the default is ") == true)
  }

  @Test(arguments: advantages) func `an advantage says what its parameter has to be`(_ misuse: Misuse) throws
  {
    let card = try #require(AdvantageCatalog.card(misuse.owner))
    let batch = try Batch(logp: Tensor(rows: [[-1], [-1]]), [.reward: Tensor([1, 0])])
    let error = try message { _ = try card(batch, misuse.arguments) }
    let said = "\(misuse.parameter.name) has to be \(misuse.parameter.range), got \(misuse.value)"
    #expect(error.description == "\(misuse.owner): \(said)")
  }

  @Test func `a range is crossed on both sides wherever it has two`() {
    #expect(ParameterTests.objectives.count > 300)
    #expect(ParameterTests.advantages.count > 20)
  }
}
