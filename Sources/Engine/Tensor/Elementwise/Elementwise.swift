/// Consecutive numbers (`step` 1) or one number that stands for all (`step` 0).
struct Strip {
  var base: UnsafePointer<Double>
  var step: Int
}

/// A function that gives each element of its result from one element of each of its one to three inputs.
///
/// Short results of what is there are computed at once, others when somebody reads them (`Deferred`); the bits are
/// the same.
struct ElementwiseFunction: Sendable {
  /// Computes `count` elements of the result.
  ///
  /// An object, so that a chain can tell whether two functions are the same one, and its threads can call it without
  /// counting a reference.
  final class Kernel: Sendable {
    typealias Body = @Sendable (UnsafePointer<Strip>, UnsafeMutablePointer<Double>, _ count: Int) -> Void
    let body: Body

    init(_ body: @escaping Body) { self.body = body }
  }

  /// The most inputs a function has.
  static let mostInputs = 3

  /// The name in the language.
  let name: String
  /// Roughly its time for an element, in additions.
  let cost: Int
  let kernel: Kernel

  /// A function computed from `kernel`.
  init(name: String, cost: Int, kernel: @escaping Kernel.Body) {
    self.name = name
    self.cost = cost
    self.kernel = Kernel(kernel)
  }

  private init(name: String, cost: Int, _ kernel: Kernel) {
    self.name = name
    self.cost = cost
    self.kernel = kernel
  }

  /// A function of three numbers, eight times three at a time.
  init<Function: VectorMath.TripleFunction>(_ name: String, _ function: Function.Type) {
    self.init(name: name, cost: 1) { inputs, out, count in
      VectorMath.map(Function.self, inputs[0], inputs[1], inputs[2], out, count)
    }
  }

  /// The function of `inputs`, which fit `shape` by broadcasting, on no tape.
  func callAsFunction(_ inputs: [Tensor], _ shape: Shape) throws -> Tensor {
    if shape.count >= Deferred.leastCount || shape.count > 0 && inputs.contains(where: { $0.pending != nil })
    {
      return try deferred(inputs, shape)
    }
    let whole = try inputs.map { input in
      input.count == 1 || input.count == shape.count && !input.shape.isSpread(over: shape)
        ? input : try input.detached.broadcast(to: shape, for: name)
    }
    return try Tensor.build(shape, for: name) { out in
      withUnsafeTemporaryAllocation(of: Strip.self, capacity: ElementwiseFunction.mostInputs) { strips in
        guard let first = strips.baseAddress else { return }
        apply(whole[...], first, 0, out, shape.count)
      }
    }
  }

  /// Collects a strip of every input, one inside the access of the other, and computes.
  private func apply(
    _ inputs: ArraySlice<Tensor>, _ strips: UnsafeMutablePointer<Strip>, _ filled: Int,
    _ out: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    guard let input = inputs.first else { return kernel.body(strips, out, count) }
    input.withElements { base in
      strips[filled] = Strip(base: base, step: input.count == 1 ? 0 : 1)
      apply(inputs.dropFirst(), strips, filled + 1, out, count)
    }
  }

  private func deferred(_ inputs: [Tensor], _ shape: Shape) throws -> Tensor {
    try deferred(
      inputs.map { input in
        let input = input.detached
        if let reach = Broadcast.Reach(of: input.shape, in: shape) {
          return Deferred.Operand(tensor: input, reach: reach)
        }
        return Deferred.Operand(tensor: try input.broadcast(to: shape, for: name), reach: .each)
      }, shape)
  }

  /// The function of `operands`, computed when it is read, or now where readers would wait too long.
  func deferred(_ operands: [Deferred.Operand], _ shape: Shape) throws -> Tensor {
    try Interrupt.check(name)
    let deferred = try Deferred(self, operands, count: shape.count)
    let tensor = Tensor(deferred, shape: shape)
    if deferred.isLarge { try tensor.settle(for: name) }
    return tensor
  }

  /// The element itself, for spreading a shorter tensor.
  static func copy(for operation: String) -> ElementwiseFunction {
    ElementwiseFunction(name: operation, cost: 1, identity)
  }

  /// Each element as it is.
  static let identity = Kernel { inputs, out, count in
    VectorMath.map(VectorMath.Identity.self, inputs[0], out, count)
  }
}

extension Broadcast {
  /// Which element of an operand goes with element `i` of the result.
  enum Reach: Sendable {
    /// Element `i`.
    case each
    /// The only one.
    case single
    /// That of the sequence to which token `i` belongs.
    case sequences(Rows)
    /// Element `i / width`.
    case stretched(width: Int)

    /// How an operand of `shape` reaches into a result; nil where no case describes it.
    init?(of shape: Shape, in result: Shape) {
      if let rows = result.tokenRows, shape.isSpread(over: result) {
        self = .sequences(rows)
      } else if shape.count == result.count {
        self = .each
      } else if shape.count == 1 {
        self = .single
      } else if shape.rank == result.rank, shape.dims.last == 1, let width = result.dims.last,
        shape.dims.dropLast() == result.dims.dropLast()
      {
        self = .stretched(width: width)
      } else {
        return nil
      }
    }

    /// Writes what goes with the elements `start..<start + count` of the result.
    func fill(
      _ out: UnsafeMutablePointer<Double>, from base: UnsafePointer<Double>, _ start: Int, _ count: Int
    ) {
      switch self {
      case .each: out.update(from: base + start, count: count)
      case .single: out.update(repeating: base[0], count: count)
      case .stretched(let width):
        var done = 0
        while done < count {
          let row = (start + done) / width
          let length = Swift.min((row + 1) * width - start, count) - done
          (out + done).update(repeating: base[row], count: length)
          done += length
        }
      case .sequences(let rows):
        rows.offsets.withUnsafeBufferPointer { offsets in
          var row = Reach.place(of: start, in: offsets)
          var done = 0
          while done < count {
            let end = Swift.min(offsets[row + 1] - start, count)
            if end > done { (out + done).update(repeating: base[row], count: end - done) }
            done = Swift.max(done, end)
            row += 1
          }
        }
      }
    }

    /// The last of the ascending `offsets`, but for the total at their end, that is not above `token`.
    private static func place(of token: Int, in offsets: UnsafeBufferPointer<Int>) -> Int {
      var low = 0
      var high = offsets.count - 1
      while high - low > 1 {
        let middle = (low + high) / 2
        if offsets[middle] <= token { low = middle } else { high = middle }
      }
      return low
    }
  }
}
