// Objects: the engine's values as values of the language.

import Engine
import Synchronization

/// Rows of episodes with named columns; a rollout when they came from a policy.
///
/// To a script it is a table.
public final class BatchObject: Object, Tabular, FieldReplacing, Joinable, Saveable,
  @unchecked Sendable
{
  /// The engine's batch; changed columns make a new object.
  public let batch: Batch

  /// Columns that are lists, once they have been asked for: a loop that indexes one would make it again and again.
  private let lists = Mutex<[String: Value]>([:])

  /// Wraps `batch`.
  public init(_ batch: Batch) {
    self.batch = batch
    super.init()
  }

  override func identity(_ identity: Identity) throws -> JSON {
    .string("\(kind) \(Identity.hash(try RolloutFile.text(batch)))")
  }
  public override var kind: String { batch.sequences == nil ? "batch" : "rollout" }
  public override var elementCount: Int? { batch.count }
  public override var byteCount: Int { 128 + batch.rows.total * 8 * 4 }
  public override var summary: String {
    func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
    let trainable = batch.rows.trainable.total
    let mask = trainable == batch.rows.total ? "" : ", \(trainable) of them trainable"
    return "\(kind) of \(counted(batch.count, "episode")) in \(counted(batch.groups().count, "group")), "
      + counted(batch.rows.total, "token") + mask
  }

  public override func display(_ layout: Layout) -> String {
    var lines = [summary]
    if let values = batch[.reward]?.values {
      let mean = values.reduce(0, +) / Double(values.count)
      lines[0] += ", mean reward \(Printing.number(mean, digits: 4))"
    }
    var names = "  columns"
    for name in batch.columnNames {
      if names.count + name.count + 2 > layout.width {
        lines.append(names + ",")
        names = "   "
      }
      names += (names.hasSuffix("columns") || names == "   " ? " " : ", ") + name
    }
    lines.append(names)
    // The first episode of each of the first groups.
    let shown = batch.groups().prefix(4).map { $0[0] }
    lines += shown.map { Printing.clipped("  \(line($0))", layout.width) }
    if batch.count > shown.count { lines.append("  ... \(batch.count - shown.count) more") }
    return lines.joined(separator: "\n")
  }

  /// One episode in a line: its texts where there are some, its reward and advantage.
  private func line(_ episode: Int) -> String {
    var parts: [String] = []
    if let prompts = batch.texts(.prompt), let texts = batch.texts(.text) {
      parts.append("\(Text.quoted(prompts[episode])) -> \(Text.quoted(texts[episode]))")
    } else {
      let length = batch.rows.lengths[episode]
      parts.append("\(length) token\(length == 1 ? "" : "s")")
    }
    for column in [Column.reward, .advantage, .turns] {
      guard let tensor = batch[column], tensor.shape.tokenRows == nil, let number = tensor.element(episode)
      else { continue }
      parts.append("\(column.name) \(Printing.number(number, digits: 4))")
    }
    return parts.joined(separator: "  ")
  }

  // MARK: Columns

  public override var memberNames: [String] { batch.columnNames + ["temperature"] }
  override func meaning(ofMember name: String) -> String? {
    name == "temperature" ? "what logits were divided by" : Column.named(name)?.meaning
  }

  public override func member(_ name: String) throws -> Value? {
    if name == "temperature" { return .number(batch.temperature) }
    if let list = lists.withLock({ $0[name] }) { return list }
    if let column = try batch.column(name) {
      let value = try BatchObject.value(column)
      if value.isList { lists.withLock { $0[name] = value } }
      return value
    }
    guard let column = Column.named(name) else { return nil }
    throw RuntimeError("the \(kind) has no `\(name)` yet: \(column.meaning)", help: column.source)
  }

  /// A whole column as a value.
  private static func value(_ column: ColumnValue) throws -> Value {
    switch column {
    case .numbers(let tensor): .object(TensorObject(tensor))
    case .texts(let texts): .list(try texts.mapInterruptibly("batch") { .text($0) })
    case .tokens(let lists):
      .list(try lists.mapInterruptibly("batch") { .numbers($0.map(Double.init)) })
    case .experts(let sets): .list(try sets.map(experts))
    case .kept(let sets): .list(sets.map(kept))
    }
  }

  /// What each token of an episode was drawn from, as lists of tokens; an empty one is the whole vocabulary.
  private static func kept(_ sets: KeptTokens) -> Value {
    .list((0..<sets.count).map { .numbers(sets[$0].tokens.map(Double.init)) })
  }

  /// The experts of an episode as a tensor of tokens by layers by active.
  private static func experts(_ sets: ExpertSets) throws -> Value {
    .tensor(
      try Tensor(
        sets.elements.map(Double.init), shape: Shape([sets.tokens, sets.layers, sets.active], for: "experts"))
    )
  }

  func replacing(_ name: String, with value: Value) throws -> Object {
    BatchObject(try batch.with(columnNamed: name, BatchObject.column(name, value, count: batch.count)))
  }

  /// A value as a column: texts, numbers per episode, or lists of numbers per token.
  ///
  /// A single number for an identifier is the size of the parts into which `count` episodes fall.
  static func column(_ name: String, _ value: Value, count: Int) throws -> ColumnValue {
    if let size = value.asNumber, Column.named(name)?.kind == .identifier {
      return try Batch.groups(ofSize: Int(exactly: size) ?? 0, count: count, name: name).columnValue()
    }
    if let column = Column.named(name), !column.kind.isWritten {
      throw RuntimeError(
        "`\(name)` cannot be set by hand", help: "\(column.source); load_rollouts reads it from a file")
    }
    let items = try Iteration.items(value) ?? []
    let texts = items.compactMap(\.asText)
    if !items.isEmpty, texts.count == items.count { return .texts(texts) }
    if let ragged = try raggedRows(items) { return .numbers(try Tensor(rows: ragged)) }
    if let tensor = try Conversion.tensor(value) { return .numbers(tensor) }
    throw RuntimeError("`\(name)` must be numbers or texts, got \(Printing.brief(value))")
  }

  /// The rows of a list of lists of numbers; nil where it is none.
  private static func raggedRows(_ items: [Value]) throws -> [[Double]]? {
    guard items.contains(where: \.isList) else { return nil }
    return try items.map { item in
      guard let tensor = try Conversion.tensor(item), tensor.shape.rank == 1 else {
        throw RuntimeError(
          "a column per token is a list of lists of numbers, got \(Printing.brief(item)) in it")
      }
      return tensor.values
    }
  }

  // MARK: Rows

  func element(at position: Int) throws -> Value { .object(EpisodeObject(batch, position)) }
  static func joined(_ parts: [BatchObject]) throws -> Value {
    .object(BatchObject(try Batch.concat(parts.map(\.batch))))
  }

  func elements(at positions: [Int]) throws -> Value { .object(BatchObject(try batch.select(positions))) }

  func save(to path: String, ending: String, _ call: Call) throws {
    let text =
      switch ending {
      case "jsonl": try RolloutFile.text(batch)
      case "json": try JSONText.text(.object(self)) + "\n"
      default: throw call.failure("a \(kind) is saved as .jsonl or .json, got \(Text.quoted(path))")
      }
    try FileContents.write(text, to: path, for: "save")
  }

  var columnNames: [String] { batch.columnNames }

  /// A column as one value per episode; one per token gives a tensor for each episode.
  func column(_ name: String) throws -> [Value]? {
    guard let column = try batch.column(name) else { return nil }
    return try (0..<batch.count).map { try BatchObject.cell(column, $0) }
  }

  /// What a column holds of one episode.
  static func cell(_ column: ColumnValue, _ episode: Int) throws -> Value {
    switch column {
    case .texts(let texts): .text(texts[episode])
    case .tokens(let lists): .numbers(lists[episode].map(Double.init))
    case .experts(let sets): try experts(sets[episode])
    case .kept(let sets): kept(sets[episode])
    case .numbers(let tensor):
      if tensor.shape.tokenRows == nil, !tensor.isTraced, let number = tensor.element(episode) {
        .number(number)
      } else {
        .tensor(try tensor.row(at: episode))
      }
    }
  }

  override func jsonForm() throws -> JSONForm { .items(try elements() ?? []) }
}

/// One row of a batch: an episode, whose fields are plain values.
final class EpisodeObject: Object, @unchecked Sendable {
  private let batch: Batch
  private let position: Int

  init(_ batch: Batch, _ position: Int) {
    self.batch = batch
    self.position = position
    super.init()
  }

  override var kind: String { "episode" }
  override var byteCount: Int { 64 }
  override var memberNames: [String] { batch.columnNames }
  override func meaning(ofMember name: String) -> String? { Column.named(name)?.meaning }

  override func member(_ name: String) throws -> Value? {
    guard let column = try batch.column(name) else { return try BatchObject(batch).member(name) }
    return try BatchObject.cell(column, position)
  }

  override var groupingKey: GroupingKey {
    (try? record())?.groupingKey ?? .identity(ObjectIdentifier(self))
  }

  /// The episode as a record of its columns.
  func record() throws -> Record {
    Record(try memberNames.map { ($0, try member($0) ?? .none) })
  }

  override var summary: String { (try? record())?.summary ?? kind }
  override func display(_ layout: Layout) -> String { (try? record())?.display(layout) ?? kind }
}

extension Kind where T == Batch {
  /// A batch or a rollout.
  static var batch: Kind {
    Kind("a batch or a rollout") { value, _ in
      if case .object(let object) = value { (object as? BatchObject)?.batch } else { nil }
    }
  }
}
