import Testing

@testable import Engine

@Suite struct TaskTests {
  static let names = TaskCatalog.all.map(\.name).filter { $0 != "dataset" }

  func make(_ name: String, _ arguments: [String: ParameterValue] = [:]) throws -> any RewardTask {
    try #require(TaskCatalog.card(name)).make(arguments)
  }

  @Test(arguments: names) func `targets are right, fit, and can be written in the task's tokens`(
    _ name: String
  ) throws {
    let task = try make(name)
    for split in [TaskSplit.training, .supervised, .evaluation] {
      for example in try task.examples(split, count: 300, seed: 4) {
        #expect(task.verify(example.target, example) == 1, "\(example)")
        #expect(task.verify("", example) == 0)
        #expect(task.verify(example.target + "+", example) == 0)
        let tokens = try task.tokenizer.encode(example.prompt + example.target)
        #expect(task.tokenizer.decode(tokens) == example.prompt + example.target)
        #expect(example.target.count < task.maxNewTokens)
        #expect(!tokens.contains(task.tokenizer.endToken))
      }
    }
    #expect(task.call.hasPrefix(name + "("))
  }

  /// Every prompt of `hidden_number` is the same, and its card says that nothing is held out.
  @Test(arguments: names.filter { $0 != "hidden_number" })
  func `evaluation prompts never occur in training`(_ name: String) throws {
    let task = try make(name)
    let held = Set(try task.examples(.evaluation, count: 400, seed: 1).map(\.prompt))
    let seen = Set(
      try task.examples(.training, count: 2000, seed: 2).map(\.prompt)
        + task.examples(.supervised, count: 2000, seed: 3).map(\.prompt))
    #expect(held.isDisjoint(with: seen))
    #expect(held.count > 10)
  }

  /// What is the same question in another order, reckoned from the prompt and not from the task's key.
  @Test(arguments: [
    ("countdown", [","]), ("addition", ["+"]), ("modular", ["+", "*"]), ("sort_digits", []),
    ("satisfy", [","]),
  ])
  func `a question in another order is not in training either`(_ name: String, _ signs: [String]) throws {
    let task = try make(name)
    func question(_ prompt: String) -> String {
      let sign = signs.first { prompt.contains($0) } ?? ""
      let ends = prompt.firstIndex { ":%=>".contains($0) } ?? prompt.endIndex
      let parts =
        sign.isEmpty
        ? prompt[..<ends].map(String.init) : prompt[..<ends].split(separator: sign).map(String.init)
      return parts.sorted().joined(separator: sign) + prompt[ends...]
    }
    let held = Set(try task.examples(.evaluation, count: 1000, seed: 1).map { question($0.prompt) })
    let seen = Set(
      try task.examples(.training, count: 4000, seed: 2).map { question($0.prompt) }
        + task.examples(.supervised, count: 4000, seed: 3).map { question($0.prompt) })
    #expect(held.isDisjoint(with: seen))
    #expect(held.count > 10)
  }

  @Test func `a task too small to hold anything out says so`() throws {
    #expect(try !make("parity", ["length": .number(1)]).holdsOut)
    #expect(try !make("hidden_number").holdsOut)
    for name in TaskTests.names where name != "hidden_number" { #expect(try make(name).holdsOut) }
    for digits in [1.0, 2] {
      let task = try make("addition", ["digits": .number(digits)])
      let held = Set(try task.examples(.evaluation, count: 2000, seed: 1).map(\.key))
      #expect(held.isDisjoint(with: try task.examples(.training, count: 2000, seed: 1).map(\.key)))
    }
  }

  @Test func `equivalent expressions of countdown vote together`() throws {
    let task = try make("countdown")
    let example = task.example(.training, seed: 0, step: 0, index: 0)
    func canonical(_ text: String) -> String { task.canonical(text, example) }
    #expect(canonical("3*5+9") == canonical("9+(5*3)"))
    #expect(canonical("3*5+9") != canonical("3*8"))
    #expect(canonical("3*") == "3*")
  }

  @Test(arguments: names) func `examples depend on seed, step and index alone`(_ name: String) throws {
    let task = try make(name)
    #expect(try task.examples(.training, count: 20, seed: 9) == task.examples(.training, count: 20, seed: 9))
    #expect(try task.examples(.training, count: 20, seed: 9) != task.examples(.training, count: 20, seed: 10))
    #expect(
      try task.examples(.training, count: 20, seed: 9, step: 1)
        != task.examples(.training, count: 20, seed: 9))
    #expect(
      try task.examples(.training, count: 20, seed: 9)[7]
        == task.example(.training, seed: 9, step: 0, index: 7))
  }

  @Test func `addition adds`() throws {
    let task = try make("addition", ["digits": .number(3)])
    let example = task.example(.training, seed: 0, step: 0, index: 0)
    let numbers = example.prompt.dropLast().split(separator: "+").compactMap { Int($0) }
    #expect(numbers.count == 2 && numbers.allSatisfy { (100...999).contains($0) })
    #expect(example.answer == "\(numbers.reduce(0, +))")
    for wrong in ["0" + example.answer, example.answer + "0", " " + example.answer] {
      #expect(task.verify(wrong, example) == 0)
    }
  }

  @Test func `difficulties outside their range are refused`() throws {
    #expect(throws: EngineError.self) { try make("addition", ["digits": .number(0)]) }
    #expect(throws: EngineError.self) { try make("addition", ["digits": .number(1e9)]) }
    #expect(throws: EngineError.self) { try make("addition", ["digits": .number(2.5)]) }
    #expect(throws: EngineError.self) { try make("countdown", ["numbers": .number(1)]) }
    #expect(throws: EngineError.self) { try make("countdown", ["operators": .text("^")]) }
    #expect(throws: EngineError.self) { try make("dataset") }
    for (name, parameter, value) in [
      ("addition", "digits", 9.0), ("countdown", "numbers", 8), ("countdown", "largest", 99),
      ("modular", "modulus", 2),
      ("sort_digits", "length", 64), ("parity", "length", 1), ("addition", "digits", 1),
    ] {
      let task = try make(name, [parameter: .number(value)])
      for example in try task.examples(.training, count: 50, seed: 0) {
        #expect(task.verify(example.target, example) == 1)
        #expect(example.target.count < task.maxNewTokens)
      }
    }
    let shuffled = try make("countdown", ["order": .text("shuffled"), "numbers": .number(4)])
    for example in try shuffled.examples(.training, count: 200, seed: 0) {
      #expect(shuffled.verify(example.target, example) == 1)
    }
  }

  @Test func `countdown takes any right expression and nothing else`() throws {
    let task = try make("countdown")
    let example = TaskExample(prompt: "3,5,9:24=", answer: "24")
    for right in ["3*5+9", "9+3*5", "(3*5)+9", "((9)+5*3)", "9+(3*5)"] {
      #expect(task.verify(right, example) == 1, "\(right)")
    }
    for wrong in [
      "24", "3*5+9+0", "3*8", "3*5+9=", "3*5 +9", "03*5+9", "3*(5+9", "3*5)+9", "-3*5+9", "3**5+9", "9+5*3*",
      "()",
      "3/0+5*9", "8*3", "5*3+9+9", "٣*5+9", "99999999999999999999", "",
    ] { #expect(task.verify(wrong, example) == 0, "\(wrong)") }
    let fractions = TaskExample(prompt: "3,3,8,8:24=", answer: "24")
    #expect(task.verify("8/(3-8/3)", fractions) == 1)
  }

  @Test func `hostile expressions come to an end`() throws {
    let deep = String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000)
    #expect(Arithmetic.evaluate(deep)?.value == Fraction(1))
    #expect(Arithmetic.evaluate(String(repeating: "(", count: 100_000)) == nil)
    #expect(Arithmetic.evaluate("1/0") == nil)
    #expect(Arithmetic.evaluate("1/(2-2)") == nil)
    #expect(Arithmetic.evaluate("9223372036854775807*9223372036854775807") == nil)
    #expect(Arithmetic.evaluate("9223372036854775807+1") == nil)
    #expect(Arithmetic.evaluate("0-9223372036854775807-1") == nil)
    #expect(Arithmetic.evaluate("1/3+1/3+1/3")?.value == Fraction(1))
    #expect(Arithmetic.evaluate("8-2-1")?.value == Fraction(5))
    #expect(
      Arithmetic.evaluate(Array(repeating: "1", count: 50_000).joined(separator: "+"))?.value
        == Fraction(50_000))
  }

  @Test func `unknown characters and tokens`() throws {
    let task = try make("parity")
    #expect(throws: EngineError.self) { try task.tokenizer.encode("2") }
    #expect(task.tokenizer.decode([1, 99, -5, 0, 1]) == "0\u{FFFD}\u{FFFD}")
    #expect(task.tokenizer.vocabularySize == 4)
  }

  /// pass@2 of 3 right in 5: 1 - C(2,2)/C(5,2) = 0.9; pass@3 of 2 in 6: 1 - C(4,3)/C(6,3) = 0.8.
  @Test func `pass at k is unbiased`() throws {
    #expect(close(try Evaluation.passAt(2, samples: 5, correct: 3), 0.9, 1e-15))
    #expect(close(try Evaluation.passAt(3, samples: 6, correct: 2), 0.8, 1e-15))
    #expect(close(try Evaluation.passAt(1, samples: 16, correct: 4), 0.25, 1e-15))
    #expect(try Evaluation.passAt(4, samples: 4, correct: 0) == 0)
    #expect(try Evaluation.passAt(4, samples: 4, correct: 1) == 1)
    #expect(throws: EngineError.self) { try Evaluation.passAt(5, samples: 4, correct: 1) }
    #expect(throws: EngineError.self) { try Evaluation.passAt(0, samples: 4, correct: 1) }
    #expect(throws: EngineError.self) { try Evaluation.passAt(1, samples: 4, correct: 5) }
  }

  @Test func `the majority is the commonest answer, the first of several`() {
    #expect(Evaluation.majority(["a", "b", "b", "a", "c"]) == "a")
    #expect(Evaluation.majority(["c", "b", "b"]) == "b")
    #expect(Evaluation.majority([]) == nil)
  }
}
