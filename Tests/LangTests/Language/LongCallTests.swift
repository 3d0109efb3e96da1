import Engine
import Testing

@testable import Lang

/// The table of `scripts/fuzz/stops.py`, which interrupts a long call of every builtin.
@Suite struct LongCallTests {
  @Test func `every builtin has a call that takes long, or a reason why none does`() throws {
    let path = "\(SourceTree.root)/scripts/fuzz/long_calls.json"
    let table = try JSON.parse(FileContents.bytes(path, for: "test"))
    guard case .object(let calls)? = table["calls"], case .object(let reasons)? = table["short"] else {
      Issue.record("\(path) has no calls")
      return
    }
    let short = reasons.flatMap { reason -> [String] in
      guard case .array(let names) = reason.value else { return [] }
      return names.compactMap(\.string)
    }
    let derived =
      UnaryOperation.all.map(\.name) + ObjectiveCatalog.all.map(\.name) + AdvantageCatalog.all.map(\.name)
    let long = Set(calls.map(\.name) + derived)
    for name in BuiltinCatalog.shared.names {
      #expect(
        long.contains(name) != short.contains(name),
        "\(name) belongs in one of the tables of scripts/fuzz/long_calls.json")
    }
    #expect(long.union(short).subtracting(BuiltinCatalog.shared.names).isEmpty)
  }
}
