import Testing

@testable import Engine

/// A column is declared in one place and listed in another; everything else follows.
@Suite struct ColumnTests {
  static let stored = Column.all.filter { !$0.isDerived }

  /// A value of the column's kind for two episodes of two tokens and one.
  func value(_ column: Column) throws -> any ColumnConvertible {
    switch column.kind {
    case .token, .either: try Tensor(rows: [[0.25, -1], [0.5]])
    case .episode: [1.0, 0]
    case .identifier: [3, 8]
    case .text: ["a", "b"]
    case .experts:
      [
        ExpertSets(layers: 2, active: 1, [1, 0, 3, 2, 1, 1], length: 2),
        ExpertSets(layers: 2, active: 1, [0, 4], length: 1),
      ]
    case .kept:
      [[[1, 2], []], [[40]]].map { (episode: [[Int32]]) in
        var sets = KeptTokens(vocabulary: 41)
        for set in episode { sets.append(set.isEmpty ? nil : TokenSet(set, vocabulary: 41)) }
        return sets
      }
    case .tokenList: ColumnValue.tokens([[1], [2]])
    }
  }

  @Test func `every declaration is listed once, and no other file spells a column's name`() throws {
    let sources = try CatalogTests.sources("Sources/Engine")
    let file = try #require(sources.first { $0.path.hasSuffix("/Column.swift") })
    let declared = file.lines.filter { $0.contains("static let") && $0.contains("= Column(") }
    #expect(declared.count == Column.all.count)
    #expect(Set(Column.all.map(\.name)).count == Column.all.count)
    // Names that are nothing but columns stand in the declaration alone.
    for column in [Column.greedyReward, .promptTokens, .logRatio, .returns] {
      let places = sources.filter { source in source.lines.contains { $0.contains("\"\(column.name)\"") } }
      #expect(places.map(\.path) == [file.path], "\(column.name)")
    }
  }

  @Test(arguments: stored.map(\.name))
  func `construction, selection, joining, minibatches, messages and files follow from the declaration`(
    _ name: String
  ) throws {
    let column = try #require(Column.named(name))
    let plain = try Batch(logp: Tensor(rows: [[-1, -2], [-3]]))
    let batch = try plain.with(column, value(column))
    #expect(batch.columnNames.contains(name) && !column.meaning.isEmpty && !column.source.isEmpty)
    func shown(_ batch: Batch) throws -> String { try RolloutFile.text(batch) }
    let text = try shown(batch)
    #expect(text.contains("\"\(name)\":"))
    let folder = try ScratchFolder()
    let again = try RolloutFile.read(folder.write(Array(text.utf8), to: "b.jsonl"))
    #expect(try shown(again) == text)
    #expect(try shown(batch.select([1, 0]).select([1, 0])) == text)
    let parts = try batch.select([0, 1]).with(.pair, [0, 1]).minibatches(2)
    #expect(parts.count == 2 && parts.allSatisfy { $0.columnNames.contains(name) })
    let joined = try Batch.concat([batch, batch])
    #expect(joined.count == 4 && joined.columnNames.contains(name))
    if column.kind == .identifier {
      let numbers = try #require(joined[column]).values
      #expect(numbers == [3, 8, 12, 17])
    }
    // What does not fit is refused under the column's name.
    do {
      _ = try plain.with(column, column.kind == .text ? ["a"] : try Tensor([1, 2, 3]))
      Issue.record("accepted")
    } catch let error as EngineError { #expect(error.message.hasPrefix(name)) }
  }

  @Test func `a column that one batch lacks is lacking in the whole, and derived ones cannot be set`() throws
  {
    let batch = try Batch(logp: Tensor(rows: [[-1], [-2]]))
    let rich = try batch.with(.reward, [1.0, 2]).with(columnNamed: "mine", [1.0, 2])
    #expect(try Batch.concat([rich, batch]).columnNames == batch.columnNames)
    #expect(try Batch.concat([rich, rich]).columnNames == rich.columnNames)
    for column in Column.all where column.isDerived && column != .mask {
      #expect(throws: EngineError.self) { try batch.with(columnNamed: column.name, [1.0, 2]) }
    }
  }
}
