import Testing

@testable import Engine

/// What the list of layers promises to a new kind of layer.
@Suite struct LayerTests {
  /// A new kind is a file of its own, a line of the configuration and its tests.
  @Test func `the dense layer is named in its own file and in one line of the configuration`() throws {
    let named = try CatalogTests.sources("Sources").flatMap { path, lines in
      lines.filter { line in
        line.split(whereSeparator: { !$0.isLetter }).contains("FeedForward") && !line.contains("///")
      }.map { _ in path }
    }
    let elsewhere = named.filter { !$0.hasSuffix("Layers/FeedForward.swift") }
    #expect(elsewhere == ["Sources/Engine/Model/PolicyConfiguration.swift"])
  }

  @Test(arguments: ["Model", "Optim", "Rollout", "Training", "Files"])
  func `bare pointers to floats stay in the kernels`(_ folder: String) throws {
    for (path, lines) in try CatalogTests.sources("Sources/Engine/\(folder)") {
      for line in lines {
        let words = line.split(whereSeparator: { !$0.isLetter })
        #expect(!words.contains("MutableFloats") && !words.contains("Floats"), "\(path): \(line)")
        #expect(!line.contains("Pointer<Float>") || line.contains("Buffer"), "\(path): \(line)")
        #expect(!line.split(separator: ".").dropFirst().contains { $0.prefix { $0.isLetter } == "base" })
      }
    }
  }
}
