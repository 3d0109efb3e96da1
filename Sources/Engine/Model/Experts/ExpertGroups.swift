/// Which rows each expert works on.
///
/// An entry is a row and one of its experts. Entries are sorted by expert, and those of an expert by row, so that a
/// product sees its rows side by side and sums over rows have an order that the rows alone decide.
final class ExpertGroups {
  /// Entries of one expert that are computed together.
  struct Chunk {
    let expert: Int
    let entries: Range<Int>
  }

  private let experts: Int
  private let active: Int
  /// The row of each entry, and which of the row's experts it is.
  private(set) var rows: [Int32]
  private(set) var slots: [Int32]
  /// For each row and each of its experts the place among the entries.
  private(set) var places: [Int32]
  /// Where the entries of each expert begin; one more at the end.
  private(set) var first: [Int]
  private(set) var chunks: [Chunk] = []

  init(experts: Int, active: Int, rows: Int) {
    self.experts = experts
    self.active = active
    self.rows = [Int32](repeating: 0, count: rows * active)
    slots = self.rows
    places = self.rows
    first = [Int](repeating: 0, count: experts + 1)
    chunks.reserveCapacity(mostChunks)
  }

  /// The most chunks that rows can fall into.
  var mostChunks: Int { rows.count / Stage.rowBlock + min(experts, rows.count) }

  /// Sorts the experts `used` by the first `count` rows, `(rows, active)`.
  func sort(_ used: FloatView, count: Int) {
    var next = [Int](repeating: 0, count: experts + 1)
    for row in 0..<count {
      let used = used.at(row)
      for slot in 0..<active { next[Int(used[slot]) + 1] += 1 }
    }
    for expert in 0..<experts { next[expert + 1] += next[expert] }
    first = next
    for row in 0..<count {
      let used = used.at(row)
      for slot in 0..<active {
        let expert = Int(used[slot])
        let place = next[expert]
        next[expert] += 1
        rows[place] = Int32(row)
        slots[place] = Int32(slot)
        places[row * active + slot] = Int32(place)
      }
    }
    chunks.removeAll(keepingCapacity: true)
    for expert in 0..<experts {
      for start in stride(from: first[expert], to: first[expert + 1], by: Stage.rowBlock) {
        let end = min(first[expert + 1], start + Stage.rowBlock)
        chunks.append(Chunk(expert: expert, entries: start..<end))
      }
    }
  }

  /// The entries of an expert.
  func entries(_ expert: Int) -> Range<Int> { first[expert]..<first[expert + 1] }
}
