/// Write a small program: `2>5,3>7,4>9:` is answered by `di`, double and then add one.
///
/// A program is a row of instructions that each change one whole number: `i` adds 1, `m` subtracts 1, `d` doubles, `s`
/// squares, `n` negates. The verifier executes it on every input of the prompt; any program that gives every output has
/// reward 1.
struct Programs: RewardTask {
  let call: String
  private let questions: HoldOut
  let tokenizer: any Tokenizer = CharacterTokenizer(charactersOf: ["0123456789->,:imdsn"])
  let maxNewTokens: Int

  var name: String { "programs" }
  var holdsOut: Bool { questions.isPossible }

  static let card = TaskCard(
    name: "programs", summary: "write a program of i, m, d, s and n that gives each output from its input",
    example: "2>5,3>7,4>9:di", heldOut: "one in eight sets of inputs with their outputs",
    build: { parameter in
      let length = parameter(
        "length", 2, symbol: "n", "instructions of the program that makes the outputs", source: "chosen here",
        .integer(1...16))
      let pairs = parameter(
        "pairs", 3, symbol: "m", "inputs that are shown with their outputs", source: "chosen here",
        .integer(1...8))
      return { arguments, call in
        Programs(call: call, length: try arguments[length], pairs: try arguments[pairs])
      }
    })

  init(call: String, length: Int, pairs: Int) {
    self.call = call
    // Twice as long a program may be right too.
    maxNewTokens = 2 * length + 1
    questions = HoldOut { draws in
      for _ in 0..<64 {
        let program = String((0..<length).map { _ in draws.pick(Programs.instructions) ?? "i" })
        let first = draws.integer(in: 0...9 - min(pairs, 9))
        let inputs = (0..<pairs).map { first + $0 }
        let outputs = inputs.compactMap { Programs.run(program, on: $0) }
        guard outputs.count == pairs, outputs.allSatisfy({ abs($0) < 1000 }) else { continue }
        let shown = zip(inputs, outputs).map { "\($0)>\($1)" }.joined(separator: ",")
        return TaskExample(prompt: shown + ":", answer: program)
      }
      return TaskExample(
        prompt: (0..<pairs).map { "\($0)>\($0 + 1)" }.joined(separator: ",") + ":", answer: "i")
    }
  }

  private static let instructions = Array("imdsn")

  /// What a program makes of a number; nil for a text that is no program, and beyond a thousand million.
  static func run(_ program: String, on input: Int) -> Int? {
    var value = input
    for instruction in program {
      switch instruction {
      case "i": value += 1
      case "m": value -= 1
      case "d": value *= 2
      case "s": value *= value
      case "n": value = -value
      default: return nil
      }
      guard value.magnitude <= 1_000_000_000 else { return nil }
    }
    return value
  }

  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample { questions.draw(split, &draws) }

  func verify(_ completion: String, _ example: TaskExample) -> Double {
    let pairs = example.prompt.dropLast().split(separator: ",").map {
      $0.split(separator: ">").compactMap { Int($0) }
    }
    guard !completion.isEmpty, !pairs.isEmpty else { return 0 }
    let isRight = pairs.allSatisfy { $0.count == 2 && Programs.run(completion, on: $0[0]) == $0[1] }
    return isRight ? 1 : 0
  }

  /// What the program makes of the first numbers; any other text as it is.
  func canonical(_ completion: String, _ example: TaskExample) -> String {
    let outputs = (0...9).compactMap { Programs.run(completion, on: $0) }
    return outputs.count == 10 ? outputs.map(String.init).joined(separator: ",") : completion
  }
}
