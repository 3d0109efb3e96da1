import Testing

@testable import Engine

/// Preference objectives against values and gradients that TRL computed, in `Tests/Golden/preferences.json`.
///
/// Both sides work in double precision, but for ORPO's odds and DPO's alpha-divergence, which TRL takes in single.
@Suite struct PublishedPreferenceTests {
  @Test func `preference objectives agree in value and gradient`() throws {
    let file = try GoldenFile.contents("preferences.json")
    let json = try #require(file["batch"])
    func rows(_ name: String) throws -> Tensor { try Tensor(rows: #require(json[name]).items.map(\.numbers)) }
    func numbers(_ name: String) throws -> [Double] { try #require(json[name]).numbers }
    let batch = try Batch(
      logp: rows("logp"),
      [
        .ref: rows("ref"), .mismatched: Tensor(numbers("baseline")), .pair: numbers("group"),
        .chosen: numbers("advantage").map { $0 > 0 ? 1.0 : 0 },
      ])
    let cases = try #require(file["objectives"]).items.map { try GoldenFile.Case($0) }
    #expect(
      Set(cases.map(\.name)) == Set(ObjectiveCatalog.preferences.map(\.name)))
    for expected in cases {
      let objective = try #require(ObjectiveCatalog.card(expected.name)).make(expected.arguments)
      let (output, gradient) = try objective.valueAndGradient(batch)
      let isSingle = expected.name == "orpo" || expected.arguments["alpha"] != nil
      let tolerance = isSingle ? 1e-6 : 1e-13
      let name = "\(expected.source): \(expected.name) \(expected.arguments)"
      #expect(close(try output.value.item(), expected.value, tolerance), "\(name)")
      #expect(close(gradient.values, expected.gradient.flatMap { $0 }, tolerance), "\(name)")
      #expect(expected.gradient.joined().contains { $0 != 0 })
    }
  }
}
