/// Questions of which one in eight is held out for evaluation.
///
/// A hash of a question's key (`TaskExample.key`) says on which side it is, so whatever is the same question in another
/// order or form is on the same side. Where the questions are so few that all of them are on one side, nothing is held
/// out, and every split draws from all.
struct HoldOut: Sendable {
  private let make: @Sendable (inout Draws) -> TaskExample
  /// A question of each side, for draws that come upon none of it.
  private let known: (training: TaskExample, evaluation: TaskExample)?

  /// Whether there are questions on both sides.
  var isPossible: Bool { known != nil }

  /// Looks for a question of each side among 4096 draws.
  init(_ make: @escaping @Sendable (inout Draws) -> TaskExample) {
    self.make = make
    var draws = Draws(Philox(seed: 0, .prompts))
    var training: TaskExample?
    var evaluation: TaskExample?
    for _ in 0..<4096 where training == nil || evaluation == nil {
      let example = make(&draws)
      if HoldOut.isHeldOut(example) { evaluation = example } else { training = example }
    }
    known = training.flatMap { training in evaluation.map { (training, $0) } }
  }

  /// A question of the split's side.
  func draw(_ split: TaskSplit, _ draws: inout Draws) -> TaskExample {
    guard let known else { return make(&draws) }
    let wanted = split == .evaluation
    for _ in 0..<512 {
      let example = make(&draws)
      if HoldOut.isHeldOut(example) == wanted { return example }
    }
    return wanted ? known.evaluation : known.training
  }

  private static func isHeldOut(_ example: TaskExample) -> Bool { TextHash.of(example.key) % 8 == 0 }
}
