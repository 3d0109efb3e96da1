import Testing

@testable import Lang

/// The examples on the builtins' cards, which are their documentation.
@Suite struct ExampleTests {
  /// A piece of an example: program lines, and what the prompt shows after the last of them.
  struct Step {
    var program: [String] = []
    var shown: [String] = []
  }

  static func steps(_ example: String) -> [Step] {
    var steps = [Step()]
    for line in example.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("#=>") {
        let text = line.dropFirst(3)
        steps[steps.count - 1].shown.append(String(text.first == " " ? text.dropFirst() : text))
      } else {
        if !steps[steps.count - 1].shown.isEmpty { steps.append(Step()) }
        steps[steps.count - 1].program.append(line)
      }
    }
    return steps
  }

  static let names = BuiltinCatalog.shared.builtins.filter { !$0.examples.isEmpty }.map(\.name)

  @Test(arguments: names) func `examples show what they say`(name: String) throws {
    let card = try #require(BuiltinCatalog.shared.builtin(name))
    for example in card.examples {
      let (session, host) = Session.collecting()
      for step in ExampleTests.steps(example) {
        host.clear()
        let program = step.program.joined(separator: "\n")
        do {
          try session.run(program, name: "example", echoes: true)
        } catch {
          Issue.record("\(program)\n\(RuntimeError(error).text())")
          break
        }
        guard !step.shown.isEmpty else { continue }
        let shown = host.output.last?.trimmingNewlines()
        #expect(shown == step.shown.joined(separator: "\n"), "\(program)")
      }
    }
  }

  @Test func `no two builtins have one name`() {
    let names = BuiltinCatalog.shared.names
    #expect(
      Set(names).count == names.count, "\(names.filter { name in names.filter { $0 == name }.count > 1 })")
  }

  @Test(arguments: [Builtin.Family.lists, .texts, .tables, .random])
  func `every card of these families has an example that says what it shows`(family: Builtin.Family) {
    for card in BuiltinCatalog.shared.builtins where card.family == family {
      #expect(card.examples.contains { $0.contains("#=>") }, "\(card.name)")
    }
  }

  @Test func `summaries are one sentence without a full stop`() {
    for card in BuiltinCatalog.shared.builtins {
      #expect(!card.summary.isEmpty && !card.summary.hasSuffix("."), "\(card.name)")
    }
  }
}
