/// Find a hidden number by asking: after each guess the environment says whether it is higher or lower.
///
/// The prompt is `1-16:`, a turn is a number, a reply ` higher, ` or ` lower, `. The reward of finding it at turn t of
/// T is 1 - (t - 1) / (2 T), so that fewer turns earn more and every success more than one half; anything else earns 0.
/// Bisection needs at most 5 turns for 16 numbers. Nothing is held out: every prompt is the same, and every number
/// turns up in training and in evaluation.
struct HiddenNumber: RewardTask, Environment {
  let call: String
  let largest: Int
  let maxTurns: Int
  let tokenizer: any Tokenizer = CharacterTokenizer(charactersOf: ["0123456789-:, higherlowe"])
  var name: String { "hidden_number" }
  var environment: (any Environment)? { self }
  var holdsOut: Bool { false }
  /// The digits of the largest number and an end token.
  var maxNewTokens: Int { "\(largest)".count + 1 }

  static let card = TaskCard(
    name: "hidden_number", summary: "find a hidden number by asking; the environment says higher or lower",
    example: "1-16:8 higher, 12 lower, 10",
    heldOut: "nothing: every number turns up in training and in evaluation",
    build: { parameter in
      let largest = parameter(
        "largest", 16, symbol: "n", "numbers run from 1 to this", source: "chosen here", .integer(2...999))
      let turns = parameter(
        "turns", 8, symbol: "T", "the most guesses of an episode", source: "chosen here", .integer(1...64))
      return { arguments, call in
        HiddenNumber(call: call, largest: try arguments[largest], maxTurns: try arguments[turns])
      }
    })

  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample {
    let hidden = "\(draws.integer(in: 1...largest))"
    return TaskExample(prompt: "1-\(largest):", answer: hidden, key: hidden)
  }

  /// A first guess that is right at once earns 1; a completion by itself is a single guess.
  func verify(_ completion: String, _ example: TaskExample) -> Double { completion == example.answer ? 1 : 0 }

  func reset(_ example: TaskExample) -> any EnvironmentState {
    State(hidden: Int(example.answer) ?? 0, numbers: 1...largest, maxTurns: maxTurns)
  }

  /// Guesses drawn at random among the numbers that are still possible: right, but not quick.
  func demonstration(_ example: TaskExample, _ draws: inout Draws) -> [String] {
    let hidden = Int(example.answer) ?? 0
    var (low, high) = (1, largest)
    var turns: [String] = []
    while turns.count < maxTurns {
      let guess = draws.integer(in: low...max(low, high))
      turns.append("\(guess)")
      if guess == hidden { break }
      if guess < hidden { low = guess + 1 } else { high = guess - 1 }
    }
    return turns
  }

  private struct State: EnvironmentState {
    let hidden: Int
    let numbers: ClosedRange<Int>
    let maxTurns: Int
    var turn = 0

    /// A turn that is no number of the range ends the episode.
    mutating func step(_ action: String) -> EnvironmentStep {
      turn += 1
      guard let guess = Int(action), "\(guess)" == action, numbers.contains(guess) else {
        return EnvironmentStep(reply: nil)
      }
      if guess == hidden {
        return EnvironmentStep(reply: nil, reward: 1 - Double(turn - 1) / Double(2 * maxTurns))
      }
      return EnvironmentStep(reply: guess < hidden ? " higher, " : " lower, ")
    }
  }
}
