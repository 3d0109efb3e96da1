/// What may stand in place of the text before the cursor.
struct CompletionCandidates: Equatable, Sendable {
  /// The byte (UTF-8) from which the candidates replace the text up to the cursor.
  var start: Int
  /// Whole replacements, in the order in which they are listed.
  var texts: [String]
}

/// Knows what may follow at a place in the input.
///
/// It is asked at the prompt, while the user waits: it looks names up and never runs the user's code.
protocol Completion {
  /// Candidates for `text` with the cursor before byte `cursor` (UTF-8), or nil.
  func complete(_ text: String, cursor: Int) -> CompletionCandidates?
}
