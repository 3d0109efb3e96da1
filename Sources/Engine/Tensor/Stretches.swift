/// Consecutive parts of a long tensor that are summed, one number each, while it is computed block by block.
///
/// A *piece* is a block of one long part, or several short ones that fit in a block together. Each part is summed in
/// the order of `VectorMath.sum`.
final class Stretches: Sendable {
  /// Where each part begins, and where the last one ends.
  let offsets: [Int]
  /// The elements of each piece.
  let pieces: [Range<Int>]
  /// The parts of which a piece holds something.
  private let members: [Range<Int>]
  /// Where each part has its first piece.
  private let firstPiece: [Int]

  /// The parts that begin at the ascending `offsets`, the first of which is 0, and end with the last of them.
  init(_ offsets: [Int]) {
    var pieces: [Range<Int>] = []
    var members: [Range<Int>] = []
    var firstPiece = [Int](repeating: 0, count: max(offsets.count - 1, 0))
    for i in firstPiece.indices {
      let range = offsets[i]..<offsets[i + 1]
      if let piece = pieces.last, let last = members.last,
        range.upperBound - piece.lowerBound <= Chain.block,
        range.count <= Chain.block, piece.lowerBound == offsets[last.lowerBound]
      {
        pieces[pieces.count - 1] = piece.lowerBound..<range.upperBound
        members[members.count - 1] = last.lowerBound..<i + 1
        continue
      }
      firstPiece[i] = pieces.count
      var start = range.lowerBound
      repeat {
        pieces.append(start..<min(start + Chain.block, range.upperBound))
        members.append(i..<i + 1)
        start += Chain.block
      } while start < range.upperBound
    }
    self.offsets = offsets
    self.pieces = pieces
    self.members = members
    self.firstPiece = firstPiece
  }

  /// All of `count` elements as one part.
  convenience init(whole count: Int) { self.init([0, count]) }

  /// The number of parts.
  var count: Int { firstPiece.count }

  /// The numbers that `add` and `finish` work on: the sums, and one for each piece after them.
  var workspace: Int { count + pieces.count }

  /// Adds up the elements of piece `index`, which lie at `x`; different pieces may be added at the same time.
  func add(_ index: Int, _ x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>) {
    let piece = pieces[index]
    out[count + index] = VectorMath.sum(x, piece.count)
    for i in members[index] where offsets[i] >= piece.lowerBound && offsets[i + 1] <= piece.upperBound {
      out[i] = VectorMath.sum(x + (offsets[i] - piece.lowerBound), offsets[i + 1] - offsets[i])
    }
  }

  /// Adds up the pieces of the parts that are longer than a block.
  func finish(_ out: UnsafeMutablePointer<Double>) {
    for i in 0..<count where offsets[i + 1] - offsets[i] > Chain.block {
      out[i] = VectorMath.pairwise(0, offsets[i + 1] - offsets[i]) { start, _ in
        out[count + firstPiece[i] + start / Chain.block]
      }
    }
  }
}
