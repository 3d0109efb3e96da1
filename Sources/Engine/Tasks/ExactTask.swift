/// A task whose answer is one text: the reward is 1 for exactly that text and 0 for any other.
struct ExactTask: RewardTask {
  let name: String
  let call: String
  let tokenizer: any Tokenizer
  let maxNewTokens: Int
  private let questions: HoldOut
  var holdsOut: Bool { questions.isPossible }

  init(
    _ name: String, _ call: String, alphabet: String, longestAnswer: Int,
    _ make: @escaping @Sendable (inout Draws) -> TaskExample
  ) {
    self.name = name
    self.call = call
    self.tokenizer = CharacterTokenizer(charactersOf: [alphabet])
    self.maxNewTokens = longestAnswer + 1
    self.questions = HoldOut(make)
  }

  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample { questions.draw(split, &draws) }

  func verify(_ completion: String, _ example: TaskExample) -> Double {
    completion == example.answer ? 1 : 0
  }
}

extension ExactTask {
  /// Sums of two numbers: `37+25=` is answered by `62`.
  static let addition = TaskCard(
    name: "addition", summary: "add two numbers of so many digits", example: "37+25=62",
    heldOut: "one in eight pairs of numbers, in either order",
    build: { parameter in
      let digits = parameter(
        "digits", 2, symbol: "digits", "digits of each number", source: "chosen here", .integer(1...9))
      return { arguments, call in
        let digits = try arguments[digits]
        let ten = (0..<digits).reduce(1) { power, _ in power * 10 }
        let least = digits == 1 ? 0 : ten / 10
        return ExactTask("addition", call, alphabet: "0123456789+=", longestAnswer: digits + 1) { draws in
          let a = draws.integer(in: least...ten - 1)
          let b = draws.integer(in: least...ten - 1)
          return TaskExample(
            prompt: "\(a)+\(b)=", answer: "\(a + b)", key: "\(min(a, b))+\(max(a, b))=")
        }
      }
    })

  /// Arithmetic modulo a number: `(12*5)%7=` is answered by `4`.
  static let modular = TaskCard(
    name: "modular", summary: "add or multiply modulo a number", example: "5*6%7=2",
    heldOut: "one in eight sums and products, in either order of their numbers",
    build: { parameter in
      let modulus = parameter(
        "modulus", 13, symbol: "p", "results are taken modulo this", source: "chosen here", .integer(2...1000)
      )
      let operators = parameter(
        "operators", "+*", symbol: "ops", "which operations occur", source: "chosen here",
        .oneOf(["+", "*", "+*"]))
      return { arguments, call in
        let modulus = try arguments[modulus]
        let operators = try Array(arguments[operators])
        return ExactTask(
          "modular", call, alphabet: "0123456789+*%=", longestAnswer: "\(modulus - 1)".count
        ) { draws in
          let a = draws.integer(in: 0...modulus - 1)
          let b = draws.integer(in: 0...modulus - 1)
          let sign = draws.pick(operators) ?? "+"
          let value = (sign == "*" ? a * b : a + b) % modulus
          return TaskExample(
            prompt: "\(a)\(sign)\(b)%\(modulus)=", answer: "\(value)", key: "\(min(a, b))\(sign)\(max(a, b))")
        }
      }
    })

  /// Digits in ascending order: `5291>` is answered by `1259`.
  static let sortDigits = digitTask(
    "sort_digits", "put digits in ascending order", "5291>1259", length: 5,
    heldOut: "one in eight answers, with every order of its digits"
  ) { digits in
    digits.sorted()
  } key: {
    $0.sorted()
  }

  /// Digits back to front: `5291<` is answered by `1925`.
  static let reverseDigits = digitTask(
    "reverse_digits", "write digits back to front", "5291>1925", length: 6,
    heldOut: "one in eight prompts"
  ) { digits in
    digits.reversed()
  } key: {
    $0
  }

  private static func digitTask(
    _ name: String, _ summary: String, _ example: String, length: Int, heldOut: String,
    _ solve: @escaping @Sendable ([Int]) -> [Int], key: @escaping @Sendable ([Int]) -> [Int]
  ) -> TaskCard {
    TaskCard(
      name: name, summary: summary, example: example, heldOut: heldOut,
      build: { parameter in
        let length = parameter(
          "length", length, symbol: "n", "digits in a prompt", source: "chosen here", .integer(1...64))
        return { arguments, call in
          let length = try arguments[length]
          return ExactTask(name, call, alphabet: "0123456789>", longestAnswer: length) { draws in
            let digits = (0..<length).map { _ in draws.integer(in: 0...9) }
            func text(_ digits: [Int]) -> String { digits.map(String.init).joined() }
            return TaskExample(
              prompt: text(digits) + ">", answer: text(solve(digits)), key: text(key(digits)) + ">")
          }
        }
      })
  }

  /// Whether the number of ones is odd: `10110>` is answered by `1`.
  static let parity = TaskCard(
    name: "parity", summary: "say whether the number of ones is odd", example: "10110>1",
    heldOut: "one in eight prompts; another order of the same bits may be trained on",
    build: { parameter in
      let length = parameter(
        "length", 8, symbol: "n", "bits in a prompt", source: "chosen here", .integer(1...64))
      return { arguments, call in
        let length = try arguments[length]
        return ExactTask("parity", call, alphabet: "01>", longestAnswer: 1) { draws in
          let bits = (0..<length).map { _ in draws.integer(in: 0...1) }
          return TaskExample(
            prompt: bits.map(String.init).joined() + ">", answer: "\(bits.reduce(0, +) % 2)")
        }
      }
    })
}
