/// What a run writes down while it goes on: a row for each step, the learner as the last row left it, and the
/// learners that were kept.
///
/// `track` and `keep` write it, `RunObject` reads it, and no loop sees more of it than that. This one lives in
/// memory.
struct Journal: Sendable {
  /// A learner that was kept, and the number of the step after which it was.
  struct Kept: Sendable {
    let step: Value
    let learner: Value
  }

  /// One record for each step; its first field is `step`.
  private(set) var rows: [Record] = []
  /// What is trained, as it was last seen; `.none` while nobody has shown it.
  private(set) var learner = Value.none
  /// In the order in which they were kept.
  private(set) var kept: [Kept] = []

  /// Adds the row of a step, and the learner after it where one is given.
  mutating func append(_ row: Record, learner: Value) {
    rows.append(row)
    note(learner)
  }

  /// Keeps a learner under the number of a step; without one, that of the last row.
  mutating func keep(_ learner: Value, step: Value) {
    kept.append(Kept(step: step.isNone ? rows.last?["step"] ?? .none : step, learner: learner))
    note(learner)
  }

  /// Notes what the learner is now; `.none` says nothing about it.
  mutating func note(_ learner: Value) { if !learner.isNone { self.learner = learner } }
}
