import Testing

@testable import Engine

/// A batch of `Tests/Golden/objectives.json`, and what published implementations, or a paper's equations, made of it.
struct GoldenFile {
  /// An objective's value and gradient.
  struct Case: Sendable, CustomTestStringConvertible {
    let source: String
    let name: String
    let arguments: [String: ParameterValue]
    let value: Double
    let gradient: [[Double]]
    /// What was done to the batch before.
    let preparation: Preparation

    init(_ json: JSON) throws {
      source = try #require(json["source"]?.text)
      name = try #require(json["objective"]?.text)
      arguments = try #require(json["arguments"]).arguments
      value = try #require(json["value"]?.number)
      gradient = try #require(json["gradient"]).items.map(\.numbers)
      preparation = try #require(Preparation(rawValue: json["batch"]?.text ?? ""))
    }

    var testDescription: String { "\(source): \(name) \(arguments) \(preparation.rawValue)" }
  }

  /// What is done to a batch before an objective sees it.
  enum Preparation: String {
    case none = ""
    /// Tokens weighted by ratios to the sampler, truncated at 2.
    case truncatedRatios = "tis"
    /// Completions 1 and 4 were cut off, and left out.
    case filtered
    /// Completions 1 and 4 were cut off, and count in the means.
    case filteredCounted = "filtered, counted"
    /// Only the 0.3 of the tokens with the largest entropies pull.
    case topEntropy = "top entropy 0.3"

    static let cutOff = [1, 4]

    func callAsFunction(_ batch: Batch) throws -> Batch {
      switch self {
      case .none: return batch
      case .truncatedRatios:
        return try SamplerCorrection.apply(.truncate, .token, high: 2, to: batch, for: "test")
      case .filtered, .filteredCounted:
        let truncated = (0..<batch.count).map { Preparation.cutOff.contains($0) ? 1.0 : 0 }
        return try batch.with(.truncated, truncated).overlongFiltered(counted: self == .filteredCounted)
      case .topEntropy: return try batch.highEntropy(share: 0.3)
      }
    }
  }

  /// An estimator's advantages.
  struct Estimate {
    let name: String
    let arguments: [String: ParameterValue]
    let advantage: [[Double]]
    /// What a critic is to learn; of `gae`, whose advantages are whitened.
    let returns: [[Double]]?
  }

  /// A critic's loss.
  struct ValueLoss {
    let clip: Double
    let value: Double
    let gradient: [[Double]]
    let silenced: Double
  }

  let batch: Batch
  let objectives: [Case]
  let advantages: [Estimate]
  let valueLosses: [ValueLoss]
  /// What a critic of `batch[.values]` gives after some updates.
  let movedValues: Tensor

  /// A file of `Tests/Golden`.
  static func contents(_ name: String) throws -> JSON {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
    return try JSON.parse(
      FileContents.bytes((root + ["Tests", "Golden", Substring(name)]).joined(separator: "/"), for: "test"))
  }

  /// The objectives of a file.
  static func cases(_ name: String) throws -> [Case] {
    try #require(contents(name)["objectives"]).items.map(Case.init)
  }

  init() throws {
    let file = try GoldenFile.contents("objectives.json")
    let batch = try #require(file["batch"])
    func tensor(_ name: String) throws -> Tensor {
      let json = try #require(batch[name])
      let rows = json.items.map(\.numbers)
      return json.numbers.isEmpty ? try Tensor(rows: rows) : try Tensor(json.numbers)
    }
    self.batch = try Batch(
      logp: tensor("logp"),
      [
        .old: tensor("old"), .sampler: tensor("sampler"), .ref: tensor("ref"), .reward: tensor("reward"),
        .greedyReward: tensor("baseline"), .group: #require(batch["group"]).numbers.map { Int($0) },
        .advantage: tensor("advantage"), .values: tensor("values"), .returns: tensor("returns"),
        .entropy: tensor("entropy"), .scoreNorm: tensor("score_norm"),
      ])
    movedValues = try tensor("moved_values")
    objectives = try GoldenFile.cases("objectives.json")
    advantages = try #require(file["advantages"]).items.map { json in
      Estimate(
        name: try #require(json["estimator"]?.text), arguments: try #require(json["arguments"]).arguments,
        advantage: try #require(json["advantage"]).items.map(\.numbers),
        returns: json["returns"]?.items.map(\.numbers))
    }
    valueLosses = try #require(file["value_losses"]).items.map { json in
      ValueLoss(
        clip: try #require(json["clip"]?.number), value: try #require(json["value"]?.number),
        gradient: try #require(json["gradient"]).items.map(\.numbers),
        silenced: try #require(json["silenced"]?.number))
    }
  }
}

extension JSON {
  /// The entries of a list; none of anything else.
  var items: [JSON] { if case .array(let items) = self { items } else { [] } }
  /// The numbers among the entries of a list.
  var numbers: [Double] { items.compactMap(\.number) }
  /// The number it is.
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  /// The text it is.
  var text: String? { if case .string(let text) = self { text } else { nil } }

  /// The fields of an object as arguments.
  var arguments: [String: ParameterValue] {
    guard case .object(let fields) = self else { return [:] }
    return Dictionary(
      fields.compactMap { field in
        field.value.number.map { (field.name, .number($0)) }
          ?? field.value.text.map { (field.name, .text($0)) }
      }, uniquingKeysWith: { first, _ in first })
  }
}
