/// Reach a number from given ones: `3,5,9:24=` is answered by `3*5+9`.
///
/// Each number is to be used exactly once, with + - * / and parentheses; any such expression of the right value has
/// reward 1, anything else 0. Division is exact, in fractions.
struct Countdown: RewardTask {
  let call: String
  private let questions: HoldOut
  let tokenizer: any Tokenizer = CharacterTokenizer(charactersOf: ["0123456789+-*/(),:="])
  let maxNewTokens: Int

  var name: String { "countdown" }
  var holdsOut: Bool { questions.isPossible }

  static let card = TaskCard(
    name: "countdown", summary: "combine numbers, each used once, into an expression of a given value",
    example: "3,5,9:24=3*5+9",
    heldOut: "one in eight sets of numbers with a value, in every order of the numbers",
    build: { parameter in
      let numbers = parameter(
        "numbers", 3, symbol: "n", "how many numbers are given", source: "chosen here", .integer(2...8))
      let largest = parameter(
        "largest", 9, symbol: "m", "the largest number", source: "chosen here", .integer(1...99))
      let operators = parameter(
        "operators", "+-*", symbol: "ops", "operations from which values are made", source: "chosen here",
        .oneOf(["+", "+-", "+*", "+-*"]))
      let order = parameter(
        "order", "shuffled", symbol: "order", "whether the numbers stand in an order that solves it",
        source: "chosen here", .oneOf(["given", "shuffled"]))
      return { arguments, call in
        try Countdown(
          call: call, numbers: arguments[numbers], largest: arguments[largest],
          operators: Array(arguments[operators]), shuffled: arguments[order] == "shuffled")
      }
    })

  init(call: String, numbers: Int, largest: Int, operators: [Character], shuffled: Bool) {
    self.call = call
    let drawing = Drawing(numbers: numbers, largest: largest, operators: operators, shuffled: shuffled)
    self.questions = HoldOut { drawing.draw(&$0) }
    // Numbers, operators between them, an end token, and room for two pairs of parentheses.
    self.maxNewTokens = numbers * "\(largest)".count + numbers - 1 + 1 + 4
  }

  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample { questions.draw(split, &draws) }

  func verify(_ completion: String, _ example: TaskExample) -> Double {
    let parts = example.prompt.dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let goal = Int(parts[1]) else { return 0 }
    let given = parts[0].split(separator: ",").compactMap { Int($0) }
    guard let (value, used) = Arithmetic.evaluate(completion) else { return 0 }
    return value.denominator == 1 && value.numerator == goal && used.sorted() == given.sorted() ? 1 : 0
  }

  /// The value of an expression and the numbers in it; any other text as it is.
  func canonical(_ completion: String, _ example: TaskExample) -> String {
    guard let (value, used) = Arithmetic.evaluate(completion) else { return completion }
    return "\(value.numerator)/\(value.denominator) of \(used.sorted())"
  }
}

/// How questions are drawn.
private struct Drawing: Sendable {
  let numbers: Int
  let largest: Int
  let operators: [Character]
  let shuffled: Bool

  func draw(_ draws: inout Draws) -> TaskExample {
    // A value below 0 is drawn again, so that a prompt has one form.
    for _ in 0..<64 {
      if let example = attempt(&draws) { return example }
    }
    let ones = (0..<numbers).map { _ in "1" }
    return TaskExample(
      prompt: "\(ones.joined(separator: ",")):\(numbers)=", answer: "\(numbers)",
      target: ones.joined(separator: "+"))
  }

  private func attempt(_ draws: inout Draws) -> TaskExample? {
    let values = (0..<numbers).map { _ in draws.integer(in: 1...largest) }
    var expression = "\(values[0])"
    for value in values.dropFirst() {
      expression.append(draws.pick(operators) ?? "+")
      expression += "\(value)"
    }
    guard let result = Arithmetic.evaluate(expression)?.value, result.denominator == 1,
      result.numerator >= 0
    else { return nil }
    var shown = values
    if shuffled {
      for i in stride(from: shown.count - 1, to: 0, by: -1) { shown.swapAt(i, draws.integer(in: 0...i)) }
    }
    func prompt(_ values: [Int]) -> String {
      "\(values.map(String.init).joined(separator: ",")):\(result.numerator)="
    }
    return TaskExample(
      prompt: prompt(shown), answer: "\(result.numerator)", target: expression, key: prompt(values.sorted()))
  }
}
