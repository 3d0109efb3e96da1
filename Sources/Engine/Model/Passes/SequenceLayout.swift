/// Where the tokens of a batch lie among the rows of a forward pass.
///
/// Each prompt has its rows once, followed by those of its completions. A completion's last token predicts
/// nothing and has no row. Nothing is padded.
struct SequenceLayout {
  /// A prompt, or a completion after its prompt.
  struct Segment {
    let firstRow: Int
    let count: Int
    let firstPosition: Int
    /// The prompt's segment; nil for a prompt.
    let prompt: Int?
    /// The completions that read it.
    let readers: Int
    /// The first of its panels of keys.
    let firstPanel: Int

    var panels: Int { KeyValueRun.panels(count) }
    var rows: Range<Int> { firstRow..<firstRow + count }
  }

  private(set) var segments: [Segment] = []
  /// For each prompt its segment and those of its completions.
  private(set) var groups: [Range<Int>] = []
  /// For each prompt the numbers of its completions in the batch, and the segment of each that has one.
  private(set) var episodes: [[(number: Int, segment: Int?)]] = []
  /// The experts that rows have to go through; nil where routers choose.
  private(set) var replay: ExpertReplay?
  private(set) var tokens: [Int32] = []
  private(set) var segmentOfRow: [Int32] = []
  private(set) var keyPanels = 0
  /// Rows whose next token is asked for, ascending.
  private(set) var headRows: [Int32] = []
  /// Where the predictions of each head row begin among `targets`; one more at the end.
  private(set) var firstPrediction: [Int] = [0]
  /// The tokens predicted, and the place of each among the batch's completion tokens.
  private(set) var targets: [Int32] = []
  private(set) var places: [Int] = []

  var rowCount: Int { tokens.count }
  /// The predictions that head row `row` makes.
  func predictions(_ row: Int) -> Range<Int> { firstPrediction[row]..<firstPrediction[row + 1] }
  /// The completions that read a row.
  func readers(_ row: Int) -> Int { segments[Int(segmentOfRow[row])].readers }
  /// Where a row's token stands in its sequence.
  func position(_ row: Int) -> Int {
    let segment = segments[Int(segmentOfRow[row])]
    return segment.firstPosition + row - segment.firstRow
  }
  var positionCount: Int { segments.map { $0.firstPosition + $0.count }.max() ?? 0 }
  /// The most keys, padded, that a query may see.
  var longestScores: Int {
    let panels = segments.map { $0.panels + ($0.prompt.map { segments[$0].panels } ?? 0) }.max() ?? 0
    return panels * KeyValueRun.panel
  }

  init() {}

  /// Appends a prompt and some completions of a batch; `firstPlace` is where their tokens begin, and `replay` has the
  /// experts of all episodes.
  mutating func append(
    _ prompt: [Int32], _ completions: ArraySlice<[Int32]>, firstPlace: Int, replay sets: [ExpertSets]? = nil
  ) {
    let first = segments.count
    addSegment(prompt[...], position: 0, prompt: nil, readers: completions.count { !$0.isEmpty })
    if let sets, let opened = completions.indices.first(where: { !completions[$0].isEmpty }) {
      replay = replay ?? ExpertReplay(sets[opened])
      replay?.append(sets[opened].prompt)
    }
    var own: [(number: Int, segment: Int?)] = []
    var place = firstPlace
    var openings: [(target: Int32, place: Int)] = []
    for completion in completions {
      if let opening = completion.first { openings.append((opening, place)) }
      place += completion.count
    }
    if !openings.isEmpty {
      headRows.append(Int32(tokens.count - 1))
      for opening in openings {
        targets.append(opening.target)
        places.append(opening.place)
      }
      firstPrediction.append(targets.count)
    }
    place = firstPlace
    for (number, completion) in zip(completions.indices, completions) {
      own.append((number, completion.count > 1 ? segments.count : nil))
      if completion.count > 1 {
        let row = tokens.count
        addSegment(completion.dropLast(), position: prompt.count, prompt: first, readers: 1)
        if let sets { replay?.append(sets[number].completion) }
        for i in 1..<completion.count {
          headRows.append(Int32(row + i - 1))
          targets.append(completion[i])
          places.append(place + i)
          firstPrediction.append(targets.count)
        }
      }
      place += completion.count
    }
    groups.append(first..<segments.count)
    episodes.append(own)
  }

  /// Appends a prompt whose rows from `headsFrom` on are asked for their logits.
  mutating func append(_ prompt: [Int32], headsFrom: Int) {
    let first = segments.count
    let row = tokens.count
    addSegment(prompt[...], position: 0, prompt: nil, readers: 1)
    for i in headsFrom..<prompt.count {
      headRows.append(Int32(row + i))
      firstPrediction.append(0)
    }
    groups.append(first..<segments.count)
    episodes.append([])
  }

  /// The same rows, each asked for the log-probability of every token; the first goes to `firstPlace`.
  func predictingEvery(of vocabulary: Int, firstPlace: Int) -> SequenceLayout {
    var every = self
    let count = headRows.count * vocabulary
    every.targets = (0..<count).map { Int32(truncatingIfNeeded: $0 % vocabulary) }
    every.places = Array(firstPlace..<firstPlace + count)
    every.firstPrediction = (0...headRows.count).map { $0 * vocabulary }
    return every
  }

  private mutating func addSegment(_ part: ArraySlice<Int32>, position: Int, prompt: Int?, readers: Int) {
    let segment = Segment(
      firstRow: tokens.count, count: part.count, firstPosition: position, prompt: prompt, readers: readers,
      firstPanel: keyPanels)
    tokens.append(contentsOf: part)
    segmentOfRow.append(contentsOf: repeatElement(Int32(segments.count), count: part.count))
    keyPanels += segment.panels
    segments.append(segment)
  }

  /// Bytes of activations held at once; a larger batch is computed again, part by part, in the backward pass.
  static let activationLimit = 1 << 30

  /// Layouts that cover `sequences`, each with activations of `policy` that fit below the limit.
  static func spans(
    _ policy: Policy, _ sequences: TokenSequences, activationLimit: Int = SequenceLayout.activationLimit
  ) throws(EngineError) -> [SequenceLayout] {
    try sequences.validate(policy, "forward")
    return spans(sequences, rowLimit: max(256, activationLimit / 4 / policy.model.floatsPerRow))
  }

  /// Layouts that cover all completions, each with at most `rowLimit` rows where a completion allows it.
  static func spans(_ sequences: TokenSequences, rowLimit: Int) -> [SequenceLayout] {
    var spans: [SequenceLayout] = []
    var span = SequenceLayout()
    var next = 0
    var place = 0
    let completions = sequences.completions
    while next < completions.count {
      let prompt = sequences.prompts[sequences.promptOf[next]]
      var end = next
      var rows = prompt.count
      var tokens = 0
      while end < completions.count, sequences.promptOf[end] == sequences.promptOf[next] {
        let more = max(0, completions[end].count - 1)
        if end > next, rows + more > rowLimit { break }
        rows += more
        tokens += completions[end].count
        end += 1
      }
      if span.rowCount > 0, span.rowCount + rows > rowLimit {
        spans.append(span)
        span = SequenceLayout()
      }
      if tokens > 0 {
        span.append(prompt, completions[next..<end], firstPlace: place, replay: sequences.replay)
      }
      place += tokens
      next = end
    }
    if span.rowCount > 0 { spans.append(span) }
    return spans
  }
}

extension TokenSequences {
  /// Throws for sequences that are no batch for a policy, or of another tokenizer than its own.
  func validate(_ policy: Policy, _ operation: String) throws(EngineError) {
    try policy.requireTokens(
      of: "the batch", tokenizer, for: operation,
      hint: "use a \(policy.kind) that was made for the batch's task")
    let vocabulary = policy.configuration.vocabulary
    guard promptOf.count == completions.count else {
      throw EngineError(
        .shape, operation, "\(completions.count) completions came with prompts for \(promptOf.count)")
    }
    for (index, prompt) in prompts.enumerated() {
      guard !prompt.isEmpty else {
        throw EngineError(.argument, operation, "prompt \(index) is empty, but needs at least one token")
      }
      try TokenSequences.check(prompt, vocabulary, operation)
    }
    var before = 0
    for prompt in promptOf {
      guard prompt >= before, prompt < prompts.count else {
        throw EngineError(
          .argument, operation,
          "a completion of prompt \(prompt) follows one of prompt \(before), with \(prompts.count) prompts",
          hint: "completions have to be in the order of their prompts")
      }
      before = prompt
    }
    for completion in completions { try TokenSequences.check(completion, vocabulary, operation) }
    try replay.map { (sets) throws(EngineError) in try validate(sets, policy.configuration, operation) }
    try kept.map { (sets) throws(EngineError) in try validate(sets, vocabulary: vocabulary, operation) }
  }

  static func check(_ tokens: [Int32], _ vocabulary: Int, _ operation: String) throws(EngineError) {
    for token in tokens where token < 0 || Int(token) >= vocabulary {
      throw EngineError(
        .argument, operation, "token \(token) is outside the vocabulary of \(vocabulary)",
        hint: "tokenise with the vocabulary the policy was made for")
    }
  }
}
