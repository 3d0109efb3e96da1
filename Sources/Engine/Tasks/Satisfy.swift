/// Find truth values that satisfy clauses: `aB,bc,AC:` is answered by `110`.
///
/// A clause is two or more variables of which one has to hold; a capital letter is a negated variable. The answer has a
/// digit for each variable in alphabetical order. Any assignment that satisfies every clause has reward 1.
struct Satisfy: RewardTask {
  let call: String
  private let variables: Int
  private let questions: HoldOut
  let tokenizer: any Tokenizer

  var name: String { "satisfy" }
  var holdsOut: Bool { questions.isPossible }
  var maxNewTokens: Int { variables + 1 }

  static let card = TaskCard(
    name: "satisfy", summary: "find truth values that satisfy every clause; capitals are negated",
    example: "aB,bc,AC:110", heldOut: "one in eight sets of clauses, in every order of them",
    build: { parameter in
      let variables = parameter(
        "variables", 4, symbol: "n", "how many variables there are", source: "chosen here", .integer(2...16))
      let clauses = parameter(
        "clauses", 6, symbol: "m", "how many clauses there are", source: "chosen here", .integer(1...64))
      let width = parameter(
        "width", 2, symbol: "k", "how many variables are in a clause", source: "chosen here", .integer(1...4))
      return { arguments, call in
        Satisfy(
          call: call, variables: try arguments[variables], clauses: try arguments[clauses],
          width: min(try arguments[width], try arguments[variables]))
      }
    })

  private static let letters = (small: Array("abcdefghijklmnop"), capital: Array("ABCDEFGHIJKLMNOP"))

  init(call: String, variables: Int, clauses: Int, width: Int) {
    self.call = call
    self.variables = variables
    let used = Satisfy.letters.small.prefix(variables) + Satisfy.letters.capital.prefix(variables)
    tokenizer = CharacterTokenizer(charactersOf: ["01,:" + String(used)])
    questions = HoldOut { draws in
      let values = (0..<variables).map { _ in draws.integer(in: 0...1) }
      let shown = (0..<clauses).map { _ in Satisfy.clause(satisfiedBy: values, width: width, &draws) }
      return TaskExample(
        prompt: shown.joined(separator: ",") + ":", answer: values.map(String.init).joined(),
        key: shown.sorted().joined(separator: ","))
    }
  }

  /// A clause of different variables in alphabetical order; its signs are drawn until one of them holds.
  private static func clause(satisfiedBy values: [Int], width: Int, _ draws: inout Draws) -> String {
    var rest = Array(values.indices)
    let chosen = (0..<width).map { _ in rest.remove(at: draws.integer(in: 0...rest.count - 1)) }.sorted()
    var signs = chosen.map { _ in draws.integer(in: 0...1) }
    if !zip(chosen, signs).contains(where: { values[$0] == $1 }) {
      let kept = draws.integer(in: 0...width - 1)
      signs[kept] = 1 - signs[kept]
    }
    return String(zip(chosen, signs).map { $1 == 1 ? letters.small[$0] : letters.capital[$0] })
  }

  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample { questions.draw(split, &draws) }

  func verify(_ completion: String, _ example: TaskExample) -> Double {
    guard completion.count == variables, completion.allSatisfy({ $0 == "0" || $0 == "1" }) else { return 0 }
    let holds = Set(
      zip(completion.indices, 0...).map {
        completion[$0] == "1" ? Satisfy.letters.small[$1] : Satisfy.letters.capital[$1]
      })
    let clauses = example.prompt.dropLast().split(separator: ",")
    return clauses.allSatisfy { !holds.isDisjoint(with: $0) } ? 1 : 0
  }
}
