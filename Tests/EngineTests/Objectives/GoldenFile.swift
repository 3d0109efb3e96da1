import Testing

@testable import Engine

/// `Tests/Golden/objectives.json`: a batch, and what published implementations made of it.
struct GoldenFile {
  /// An objective's value and gradient.
  struct Case {
    let source: String
    let name: String
    let arguments: [String: ParameterValue]
    let value: Double
    let gradient: [[Double]]
    /// Whether the implementation weighted tokens by truncated ratios to the sampler, with a cap of 2.
    let isTruncated: Bool
  }

  /// An estimator's advantages.
  struct Estimate {
    let name: String
    let arguments: [String: ParameterValue]
    let advantage: [[Double]]
    /// What a critic is to learn; of `gae`, whose advantages are whitened.
    let returns: [[Double]]?
  }

  let batch: Batch
  let objectives: [Case]
  let advantages: [Estimate]

  init() throws {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
    let path = (root + ["Tests", "Golden", "objectives.json"]).joined(separator: "/")
    let file = try JSON.parse(FileContents.bytes(path, for: "test"))
    let batch = try #require(file["batch"])
    func tensor(_ name: String) throws -> Tensor {
      let json = try #require(batch[name])
      let rows = json.items.map(\.numbers)
      return json.numbers.isEmpty ? try Tensor(rows: rows) : try Tensor(json.numbers)
    }
    self.batch = try Batch(
      logp: tensor("logp"), old: tensor("old"), sampler: tensor("sampler"), ref: tensor("ref"),
      reward: tensor("reward"), baseline: tensor("baseline"),
      group: #require(batch["group"]).numbers.map { Int($0) }, advantage: tensor("advantage"),
      values: tensor("values"))
    objectives = try #require(file["objectives"]).items.map { json in
      Case(
        source: try #require(json["source"]?.text), name: try #require(json["objective"]?.text),
        arguments: try #require(json["arguments"]).arguments, value: try #require(json["value"]?.number),
        gradient: try #require(json["gradient"]).items.map(\.numbers),
        isTruncated: json["correction"]?.text == "tis")
    }
    advantages = try #require(file["advantages"]).items.map { json in
      Estimate(
        name: try #require(json["estimator"]?.text), arguments: try #require(json["arguments"]).arguments,
        advantage: try #require(json["advantage"]).items.map(\.numbers),
        returns: json["returns"]?.items.map(\.numbers))
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
