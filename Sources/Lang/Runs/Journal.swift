/// What a run writes down while it goes on: a row for each step, the learner as the last row left it, and the
/// learners that were kept.
///
/// `track` and `keep` write it, `RunObject` reads it, and no loop sees more of it than that. It lives in memory, and
/// where it has a home in a folder as well.
struct Journal: Sendable {
  /// A learner that was kept, and the number of the step after which it was.
  struct Kept: Sendable {
    let step: Value
    let learner: Value
    /// How many rows there were.
    let rows: Int
  }

  /// One record for each step; its first field is `step`.
  private(set) var rows: [Record] = []
  /// What is trained, as it was last seen; `.none` while nobody has shown it.
  private(set) var learner = Value.none
  /// How many rows there were when the learner was seen: a run goes on from there.
  private(set) var rowsOfLearner = 0
  /// In the order in which they were kept.
  private(set) var kept: [Kept] = []
  /// The folder where it is written as well.
  let home: RunFolder?

  /// An empty one, or what a folder holds of a run that is to go on.
  init(rows: [Record] = [], learner: Value = .none, kept: [Kept] = [], home: RunFolder? = nil) {
    self.rows = rows
    self.learner = learner
    rowsOfLearner = rows.count
    self.kept = kept
    self.home = home
  }

  /// Adds the row of a step, and the learner after it where one is given.
  ///
  /// A checkpoint that is due is written first: all that belongs to the last step has happened.
  mutating func append(_ row: Record, learner: Value) throws {
    try home?.checkpointIfDue(self)
    try home?.append(row, after: rows.count)
    rows.append(row)
    note(learner)
  }

  /// Keeps a learner under the number of a step; without one, that of the last row.
  mutating func keep(_ learner: Value, step: Value) throws {
    let new = Kept(
      step: step.isNone ? rows.last?["step"] ?? .none : step, learner: learner, rows: rows.count)
    try home?.keep(new, number: kept.count + 1)
    kept.append(new)
    note(learner)
  }

  /// Notes what the learner is now; `.none` says nothing about it.
  mutating func note(_ learner: Value) {
    guard !learner.isNone else { return }
    self.learner = learner
    rowsOfLearner = rows.count
  }
}
