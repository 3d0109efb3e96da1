/// Rollouts as JSON Lines: one object per episode, one field per column (`docs/rollouts.md`).
///
/// What is written reads back to the same columns, bit for bit. Numbers that are not finite are the texts "NaN",
/// "Infinity" and "-Infinity", which JSON has no numbers for.
public enum RolloutFile {
  /// The field that holds the temperature, the same on every line.
  private static let temperature = "temperature"

  /// The text of a batch; throws `EngineError` when interrupted.
  public static func text(_ batch: Batch) throws -> String {
    let columns = try batch.columnNames.compactMap { name -> (String, ColumnValue)? in
      guard isWritten(name, batch), let value = try batch.column(name) else { return nil }
      return (name, value)
    }
    var common = [JSON.Field(name: temperature, value: .number(batch.temperature))]
    if let tokenizer = batch.sequences?.tokenizer { common.append(tokenizer.state) }
    var text = ""
    for episode in 0..<batch.count {
      if episode & 255 == 255 { try Interrupt.check("save") }
      let fields = columns.map { JSON.Field(name: $0.0, value: field($0.1, episode)) }
      text += JSON.object(fields + common).line + "\n"
    }
    return text
  }

  /// Derived columns that no other column gives back are written too: the tokens, and a mask that masks something.
  private static func isWritten(_ name: String, _ batch: Batch) -> Bool {
    guard let column = Column.named(name), column.isDerived else { return true }
    return column == .tokens || column == .promptTokens
      || (column == .mask && batch.rows.trainableTokens != nil)
  }

  private static func field(_ column: ColumnValue, _ episode: Int) -> JSON {
    switch column {
    case .texts(let texts): return .string(texts[episode])
    case .tokens(let lists): return .array(lists[episode].map { .number(Double($0)) })
    case .experts(let sets): return experts(sets[episode])
    case .kept(let sets): return kept(sets[episode])
    case .numbers(let tensor):
      guard let rows = tensor.shape.tokenRows else { return number(tensor.element(episode) ?? .nan) }
      return tensor.withElements { base in .array(rows.range(episode).map { number(base[$0]) }) }
    }
  }

  private static func number(_ number: Double) -> JSON {
    number.isFinite ? .number(number) : .string(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")
  }

  // MARK: Reading

  /// The batch in a file; throws an `EngineError` that names the file, the line and the field at fault.
  ///
  /// `logp` and `old` stand for each other where one of them is missing; a file needs one of them.
  public static func read(_ path: String) throws -> Batch {
    let lines = try JSONLines.read(path, for: operation) { $0 }
    guard let first = lines.first else {
      throw EngineError(
        .file, operation, "\(path) has no episodes", hint: "each line is an object with tokens and old")
    }
    for line in lines where Set(line.names) != Set(first.names) {
      let odd = Set(line.names).symmetricDifference(first.names).sorted()
      throw line.failure(
        "\(odd.joined(separator: ", ")) is not on every line", hint: "every line has the same fields")
    }
    let names = Set(first.names)
    guard let reference = [Column.logp, .old].first(where: { names.contains($0.name) }) else {
      throw first.failure(
        "there is neither `logp` nor `old`", hint: "a file needs the log-probabilities of its tokens")
    }
    let logp = try Tensor(rows: lines.map { try numbers($0, reference.name, count: nil) })
    var batch = try Batch(
      logp: logp,
      sequences: names.isSuperset(of: [Column.tokens.name, Column.promptTokens.name])
        ? sequences(lines) : nil,
      temperature: names.contains(temperature) ? commonTemperature(lines) : 1)
    let lengths = batch.rows.lengths
    let read = [Column.tokens.name, Column.promptTokens.name, temperature, CharacterTokenizer.stateName]
    for name in first.names where !read.contains(name) {
      batch = try batch.with(columnNamed: name, column(name, lines, lengths))
    }
    return batch
  }

  private static let operation = "load_rollouts"

  private static func commonTemperature(_ lines: [JSONLines.Line]) throws -> Double {
    let temperatures = try lines.map { try scalar($0, temperature) }
    guard temperatures[0] > 0, temperatures[0].isFinite else {
      throw lines[0].failure(
        "the temperature is \(ParameterValue.number(temperatures[0])), expected a number above 0")
    }
    for (line, value) in zip(lines, temperatures) where value != temperatures[0] {
      throw line.failure("the temperature is \(value), the first line's \(temperatures[0])")
    }
    return temperatures[0]
  }

  /// What the tokens stand for, where the file says it.
  private static func commonTokenizer(_ lines: [JSONLines.Line]) throws -> (any Tokenizer)? {
    let name = CharacterTokenizer.stateName
    guard let state = lines[0][name] else { return nil }
    guard let tokenizer = state.list({ $0.string }).flatMap({ CharacterTokenizer(state: $0) }) else {
      throw lines[0].failure("`\(name)` are not single characters in the order of their code points")
    }
    for line in lines where line[name] != state {
      throw line.failure("`\(name)` are not those of the first line")
    }
    return tokenizer
  }

  /// Prompts and completions; consecutive episodes of one group with one prompt share it.
  private static func sequences(_ lines: [JSONLines.Line]) throws -> TokenSequences {
    var all = TokenSequences(
      prompts: [], promptOf: [], completions: [], tokenizer: try commonTokenizer(lines))
    var group: JSON?
    for line in lines {
      let prompt = try tokens(line, Column.promptTokens.name)
      if all.prompts.last != prompt || group != line[Column.group.name] { all.prompts.append(prompt) }
      group = line[Column.group.name]
      all.promptOf.append(all.prompts.count - 1)
      all.completions.append(try tokens(line, Column.tokens.name))
    }
    return all
  }

  /// A column from its declaration, or from what the first line holds for one that no declaration knows.
  private static func column(_ name: String, _ lines: [JSONLines.Line], _ lengths: [Int]) throws
    -> ColumnValue
  {
    switch (Column.named(name)?.kind, lines[0][name]) {
    case (.text?, _), (nil, .string?):
      return .texts(try lines.map { try $0.text(name) })
    case (.experts?, _):
      return .experts(try zip(lines, lengths).map { try experts($0, name, length: $1) })
    case (.kept?, _): return .kept(try lines.map { try kept($0, name) })
    case (.token?, _), (.either?, .array?), (nil, .array?):
      return .numbers(
        try Tensor(rows: zip(lines, lengths).map { try numbers($0, name, count: $1) }))
    default:
      return .numbers(try Tensor(lines.map { try scalar($0, name) }))
    }
  }

  private static func scalar(_ line: JSONLines.Line, _ name: String) throws -> Double {
    guard let number = line[name].flatMap(number) else { throw mismatch(line, name, "a number") }
    return number
  }

  private static func numbers(_ line: JSONLines.Line, _ name: String, count: Int?) throws -> [Double] {
    guard case .array(let items)? = line[name] else { throw mismatch(line, name, "a list of numbers") }
    let numbers = items.compactMap(number)
    guard numbers.count == items.count else { throw mismatch(line, name, "a list of numbers") }
    if name == Column.mask.name, let wrong = numbers.first(where: { $0 != 0 && $0 != 1 }) {
      throw line.failure("`mask` has \(ParameterValue.number(wrong)), expected 0 and 1")
    }
    if let count, count != numbers.count {
      throw line.failure("`\(name)` has \(numbers.count) numbers, the episode \(count) tokens")
    }
    return numbers
  }

  /// The experts of an episode: for each token that was read, for each layer the numbers of a set.
  private static func experts(_ sets: ExpertSets) -> JSON {
    let elements = sets.elements.map { element -> JSON in .number(Double(element)) }
    let layers = stride(from: 0, to: elements.count, by: max(sets.active, 1)).map {
      JSON.array(Array(elements[$0..<$0 + sets.active]))
    }
    return .array(
      stride(from: 0, to: layers.count, by: max(sets.layers, 1)).map {
        .array(Array(layers[$0..<$0 + sets.layers]))
      })
  }

  private static func experts(_ line: JSONLines.Line, _ name: String, length: Int) throws -> ExpertSets {
    let expected = "for each token a list of layers, each a list of experts"
    let known = 0..<ExpertSets.mostExperts
    let tokens = line[name]?.list { token in
      token.list { layer in
        layer.list { $0.wholeNumber.flatMap { known.contains($0) ? UInt16($0) : nil } }?.sorted()
      }
    }
    guard let tokens else { throw mismatch(line, name, expected) }
    let (layers, active) = (tokens.first?.count ?? 0, tokens.first?.first?.count ?? 0)
    for token in tokens where token.count != layers || token.contains(where: { Set($0).count != active }) {
      throw line.failure(
        "`\(name)` has sets of different sizes, or an expert twice", hint: "expected \(expected)")
    }
    return ExpertSets(layers: layers, active: active, tokens.joined().flatMap { $0 }, length: length)
  }

  /// What each token of an episode was drawn from; an empty list for the whole vocabulary.
  private static func kept(_ sets: KeptTokens) -> JSON {
    .array((0..<sets.count).map { .array(sets[$0].tokens.map { .number(Double($0)) }) })
  }

  private static func kept(_ line: JSONLines.Line, _ name: String) throws -> KeptTokens {
    let known = 0..<Int(Int32.max)
    let lists = line[name]?.list { set in
      set.list { $0.wholeNumber.flatMap { known.contains($0) ? Int32($0) : nil } }
    }
    guard let lists else { throw mismatch(line, name, "for each token a list of token numbers") }
    let vocabulary = Int(lists.joined().max() ?? -1) + 1
    var sets = KeptTokens(vocabulary: vocabulary)
    for list in lists { sets.append(list.isEmpty ? nil : TokenSet(list, vocabulary: vocabulary)) }
    return sets
  }

  private static func tokens(_ line: JSONLines.Line, _ name: String) throws -> [Int32] {
    let numbers = try numbers(line, name, count: nil)
    let tokens = numbers.compactMap { Int32(exactly: $0) }
    guard tokens.count == numbers.count, tokens.allSatisfy({ $0 >= 0 }) else {
      throw mismatch(line, name, "a list of token numbers")
    }
    return tokens
  }

  private static func number(_ json: JSON) -> Double? {
    switch json {
    case .number(let number): number
    case .bool(let flag): flag ? 1 : 0
    case .string("NaN"): .nan
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    case .null, .string, .array, .object: nil
    }
  }

  private static func mismatch(_ line: JSONLines.Line, _ name: String, _ expected: String) -> EngineError {
    line.failure("`\(name)` is \(line[name]?.kind ?? "missing"), expected \(expected)")
  }
}
