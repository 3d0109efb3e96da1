import Testing

@testable import Engine

/// Adding an objective touches its own file, one line of the catalogue, and its tests.
@Suite struct CatalogTests {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
    .joined(separator: "/")

  /// The Swift files below `folder`, as paths from the root and their lines.
  static func sources(_ folder: String) throws -> [(path: String, lines: [Substring])] {
    var found: [(String, [Substring])] = []
    for name in try Engine.Folder.names("\(root)/\(folder)", for: "test") {
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".swift") {
        let text = String(decoding: try FileContents.bytes("\(root)/\(path)", for: "test"), as: UTF8.self)
        found.append((path, text.split(separator: "\n", omittingEmptySubsequences: false)))
      } else if !name.contains(".") {
        found += try sources(path)
      }
    }
    return found
  }

  /// The catalogue's entries as they stand in its source, such as `DrGRPO.card` and `DPO.robust`.
  static func entries(_ lines: [Substring]) -> [(line: Int, entry: Substring)] {
    lines.enumerated().flatMap { number, line in
      line.split(whereSeparator: { " ,[]".contains($0) }).filter { word in
        let parts = word.split(separator: ".")
        return parts.count == 2 && parts[0].first?.isUppercase == true && parts[1].first?.isLowercase == true
          && line.hasPrefix("    ") && line.hasSuffix(",")
      }.map { (number, $0) }
    }
  }

  @Test func `an objective stands in its file and once in the catalogue, and nowhere else in the sources`()
    throws
  {
    let sources = try CatalogTests.sources("Sources")
    let catalogue = "Sources/Engine/Objectives/Form/ObjectiveCard.swift"
    let list = try #require(sources.first { $0.path == catalogue }).lines
    let start = try #require(list.firstIndex { $0.contains("enum ObjectiveCatalog") })
    let entries = CatalogTests.entries(Array(list[start...])).map(\.entry)
    #expect(entries.count == ObjectiveCatalog.all.count && Set(entries).count == entries.count)
    for entry in entries {
      let type = entry.prefix { $0 != "." }
      let definition = ["enum \(type) {", "struct \(type):", "enum \(type): ", "struct \(type) {"]
      let home = sources.filter { $0.lines.contains { line in definition.contains { line.contains($0) } } }
      #expect(home.count == 1, "\(type)")
      let places = sources.filter { source in
        source.lines.contains { line in
          line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "_") }).contains(
            entry)
        }
      }.map(\.path)
      #expect(Set(places).subtracting(home.map(\.path)) == [catalogue], "\(entry) is named in \(places)")
    }
  }

  @Test func `the names of objectives stand only in their own files`() throws {
    // What a trainer, the language or another objective says of one by its name would be a fourth place.
    let sources = try CatalogTests.sources("Sources/Engine") + CatalogTests.sources("Sources/Lang")
    for card in ObjectiveCatalog.all {
      let quoted = "\"\(card.name)\""
      let places = sources.filter { $0.lines.contains { $0.contains(quoted) } }.map(\.path)
      #expect(places.count <= 1 || card.name == "kl", "\(card.name) is named in \(places)")
    }
  }

  @Test func `what CONTRIBUTING shows of an objective is its file`() throws {
    let guide = String(
      decoding: try FileContents.bytes("\(CatalogTests.root)/CONTRIBUTING.md", for: "test"), as: UTF8.self)
    let source = String(
      decoding: try FileContents.bytes(
        "\(CatalogTests.root)/Sources/Engine/Objectives/Surrogates/DrGRPO.swift", for: "test"), as: UTF8.self)
    func body(_ text: String) -> [String] {
      let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
      guard let first = lines.firstIndex(of: "enum DrGRPO {") else { return [] }
      let rest = lines[first...]
      let last = rest.firstIndex { $0.contains("try GatedObjective(\"dr_grpo\"") } ?? rest.endIndex - 1
      return rest[first...last].map(String.init)
    }
    #expect(body(source).count > 10)
    #expect(body(guide) == body(source))
  }
}
