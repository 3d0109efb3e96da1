import Testing

@testable import Engine

/// Tasks mixed in fixed shares, and the tasks that were made to be mixed.
@Suite struct MixedTaskTests {
  func make(_ name: String, _ arguments: [String: ParameterValue] = [:]) throws -> any RewardTask {
    try #require(TaskCatalog.card(name)).make(arguments)
  }

  @Test func `every run of as many questions as the shares sum to has the shares`() throws {
    let names = ["addition", "satisfy", "programs"]
    let task = try MixedTask(names.map { try make($0) }, shares: [3, 1, 2])
    #expect(task.call.hasSuffix(", ratios: [3, 1, 2])") && task.holdsOut)
    for split in [TaskSplit.training, .supervised, .evaluation] {
      let examples = try task.examples(split, count: 60, seed: 5, step: 3)
      for start in 0...54 {
        let counts = names.map { name in
          examples[start..<start + 6].count { $0.column("task") == .text(name) }
        }
        #expect(counts == [3, 1, 2])
      }
      for example in examples {
        #expect(task.verify(example.target, example) == 1, "\(example)")
        #expect(example.target.count < task.maxNewTokens)
        let text = example.prompt + example.target
        #expect(try task.tokenizer.decode(task.tokenizer.encode(text)) == text)
      }
    }
  }

  @Test func `a question is held out where its own task holds it out`() throws {
    let (mixed, own) = (
      try MixedTask([make("addition"), make("programs")], shares: [1, 1]), try make("addition")
    )
    let held = Set(try mixed.examples(.evaluation, count: 400, seed: 1).map(\.prompt))
    #expect(held.isDisjoint(with: try own.examples(.training, count: 4000, seed: 2).map(\.prompt)))
  }

  @Test func `what cannot be mixed is refused`() throws {
    func message(_ tasks: [any RewardTask], _ shares: [Int]) -> String? {
      do {
        _ = try MixedTask(tasks, shares: shares)
        return nil
      } catch { return error.message }
    }
    let (a, b) = (try make("addition"), try make("hidden_number"))
    #expect(message([], [])?.contains("0 tasks") == true)
    #expect(message([a], [0])?.contains("[0]") == true)
    #expect(message([a, b], [1, 1])?.contains("several turns") == true)
    #expect(message([a, a], [1, 1])?.contains("twice") == true)
    #expect(message([a, try make("addition", ["digits": .number(1)])], [1, 1]) == nil)
  }

  /// By hand: with a = 0 and b = 1 the first clause fails.
  @Test func `clauses are satisfied or not`() throws {
    let task = try make("satisfy", ["variables": .number(3)])
    let example = TaskExample(prompt: "aB,bc,AC:", answer: "110")
    #expect(["110", "001", "010"].map { task.verify($0, example) } == [1, 1, 0])
    #expect(["100", "01", "0100", "0x0", ""].map { task.verify($0, example) } == [0, 0, 0, 0, 0])
  }

  @Test func `programs are executed`() throws {
    #expect(
      Programs.run("di", on: 4) == 9 && Programs.run("snm", on: 3) == -10 && Programs.run("", on: 3) == 3)
    #expect(Programs.run("dx", on: 4) == nil && Programs.run(String(repeating: "s", count: 90), on: 9) == nil)
    let task = try make("programs")
    let example = TaskExample(prompt: "2>5,3>7,4>9:", answer: "di")
    #expect(["di", "idm", "iidmmm", "s", "d", ""].map { task.verify($0, example) } == [1, 1, 1, 0, 0, 0])
    #expect(task.canonical("di", example) == task.canonical("idm", example))
  }

  @Test func `marks are counted`() throws {
    let task = try make("pictures", ["size": .number(4)])
    for example in try task.examples(.training, count: 200, seed: 1) {
      let end = try #require(example.prompt.firstIndex { "rcn".contains($0) })
      let rows = example.prompt[..<end].split(separator: "/").map { $0.map { $0 == "#" ? 1 : 0 } }
      let question = example.prompt[end...].dropLast()
      let place = (question.dropFirst().first?.wholeNumberValue ?? 1) - 1
      let expected =
        switch question.first {
        case "r": rows[place].reduce(0, +)
        case "c": rows.reduce(0) { $0 + $1[place] }
        default: rows.joined().reduce(0, +)
        }
      #expect(rows.count == 4 && example.answer == "\(expected)")
    }
  }
}
