/// Deferred tensors computed together: those over the same elements in one pass over their blocks.
struct CommonPass {
  /// What can be computed at once, with the sums it is: nil for the elements themselves.
  private var ready: [(deferred: Deferred, sums: Stretches?, count: Int)] = []
  /// Whether sums must be there before what was looked at already.
  private var waits: [ObjectIdentifier: Bool] = [:]

  /// What `tensors` need first, sums among them.
  private init(for tensors: [Tensor]) {
    for tensor in tensors {
      guard let deferred = tensor.pending, !waitsForSums(tensor) else { continue }
      if !ready.contains(where: { $0.deferred === deferred }) { ready.append((deferred, nil, tensor.count)) }
    }
  }

  /// Computes the elements of all `tensors`, where a request to stop is seen.
  static func settle(_ tensors: [Tensor], for operation: String) throws(EngineError) {
    let loop = InterruptibleLoop(operation: operation)
    while true {
      let pass = CommonPass(for: tensors)
      if pass.ready.isEmpty { return }
      for group in pass.groups {
        try Deferred.evaluate(group.wanted, group.blocks, loop)
        for deferred in group.wanted { _ = try deferred.elements(loop) }
      }
    }
  }

  /// Whether sums must be computed before `tensor`; those that can be computed now are noted.
  private mutating func waitsForSums(_ tensor: Tensor) -> Bool {
    guard let deferred = tensor.pending else { return false }
    if let known = waits[ObjectIdentifier(deferred)] { return known }
    var answer = false
    switch deferred.recipe {
    case .elementwise(_, let operands):
      for operand in operands where waitsForSums(operand.tensor) { answer = true }
    case .sums(let summed, let stretches):
      answer = true
      if !waitsForSums(summed) { ready.append((deferred, stretches, summed.count)) }
    case nil: break
    }
    waits[ObjectIdentifier(deferred)] = answer
    return answer
  }

  /// What is ready, by the blocks in which it is computed; elements do with any blocks.
  private var groups: [(blocks: Stretches, wanted: [Deferred])] {
    var groups: [(blocks: Stretches, wanted: [Deferred])] = []
    for (deferred, sums, count) in ready.sorted(by: { $0.sums != nil && $1.sums == nil }) {
      let fitting = groups.firstIndex { group in
        if let sums { group.blocks.offsets == sums.offsets } else { group.blocks.offsets.last == count }
      }
      if let fitting {
        groups[fitting].wanted.append(deferred)
      } else {
        groups.append((sums ?? Stretches(whole: count), [deferred]))
      }
    }
    return groups
  }
}
