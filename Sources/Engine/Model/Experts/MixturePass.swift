/// A mixture of experts at work: rows choose their experts, each expert computes the rows that chose it, and each row
/// adds up what its experts give.
final class MixturePass: RoutedPass {
  private let layer: MixtureLayer
  private let context: PassContext
  private let input: FloatView
  private let output: FloatView
  private let gain: FloatView
  private let packedRouter: PackedMatrix
  private let packedGateUp: [PackedMatrix]
  private let packedDown: [PackedMatrix]
  /// The factors of the normalisation, `(rows, 1)`.
  private let inverse: FloatView
  /// The router's logits and then their softmax, padded.
  private let paddedShares: FloatView
  let chosen: FloatView
  /// The experts that rows go through: those chosen, or those of a replay.
  private let used: FloatView
  /// Their weights, `(rows, active)`.
  private let weights: FloatView
  /// Gates, then ups, `(entries, 2 hidden)`.
  private let gateUp: FloatView
  /// What experts give, `(entries, width)`.
  private let given: FloatView
  private let groups: ExpertGroups

  private var experts: Int { layer.mixture.experts }
  private var active: Int { layer.mixture.active }
  private var hidden: Int { layer.mixture.width }
  var shares: FloatView { paddedShares.columns(from: 0, experts) }

  init(
    _ layer: MixtureLayer, _ context: PassContext, _ input: FloatView, _ output: FloatView,
    _ arena: inout FloatArena
  ) {
    self.layer = layer
    self.context = context
    self.input = input
    self.output = output
    gain = context.weights(layer.norm)
    packedRouter = context.packed[layer.router]
    packedGateUp = layer.gateUp.map { context.packed[$0] }
    packedDown = layer.down.map { context.packed[$0] }
    let (rows, active) = (context.rowCount, layer.mixture.active)
    // In a step of decoding, layers follow one another within a block of rows, with no tasks of attention between them:
    // while one block is in the layer two further on, experts may still read what belongs to another block here.
    let isStep = if case .decoding = context.rows { true } else { false }
    func room(_ columns: Int, perRow: Int = 1) -> FloatView {
      isStep ? arena.take(rows * perRow, columns) : context.keep(columns, &arena, perRow: perRow)
    }
    inverse = room(1)
    paddedShares = arena.take(rows, Softmax.padded(layer.mixture.experts))
    chosen = arena.take(rows, active)
    used = context.replay == nil ? chosen : room(active)
    weights = room(active)
    gateUp = room(2 * layer.mixture.width, perRow: active)
    given =
      isStep ? arena.take(rows * active, input.columns) : arena.borrow(rows * active, input.columns)
    groups = ExpertGroups(experts: layer.mixture.experts, active: active, rows: rows)
  }

  func forward() -> [Stage] {
    [
      .rows { [self] in route($0) },
      .tasks(1) { [self] _ in groups.sort(used, count: context.rows.count) },
      .tasks(groups.mostChunks) { [self] index in
        if index < groups.chunks.count { compute(groups.chunks[index]) }
      },
      .rows { [self] in combine($0) },
    ]
  }

  private func route(_ range: Range<Int>) {
    FloatView.scratch(range.count, input.columns) { normed in
      RootMeanSquareNorm.forward(
        input[range], gain: gain, layer.epsilon, into: normed, inverse: inverse[range])
      packedRouter.multiply(normed, into: shares[range])
      for row in range {
        let logits = paddedShares.at(row)
        Softmax.pad(logits, experts)
        if let noise = layer.mixture.noise {
          FloatView.scratch(1, experts) { scores in
            scores.copy(0, from: shares, row)
            noise.add(
              to: scores, for: normed[row - range.lowerBound..<row - range.lowerBound + 1], layer.number)
            ExpertRouting.choose(scores.at(0), experts, active, into: chosen.at(row))
          }
        } else {
          ExpertRouting.choose(logits, experts, active, into: chosen.at(row))
        }
        ExpertRouting.softmax(logits, paddedShares.columns)
        if let replay = context.replay { replay.copy(row, layer.number, into: used) }
        ExpertRouting.weigh(
          logits, used.at(row), active, normalized: layer.mixture.normalized, into: weights.at(row))
      }
    }
  }

  /// What an expert makes of some of its rows.
  private func compute(_ chunk: ExpertGroups.Chunk) {
    let range = chunk.entries
    FloatView.scratch(range.count, input.columns) { normed in
      RootMeanSquareNorm.scale(input, groups.rows[range], inverse: inverse, gain: gain, into: normed)
      packedGateUp[chunk.expert].multiply(normed, into: gateUp[range])
    }
    FloatView.scratch(range.count, hidden) { activated in
      GatedUnit.forward(gateUp[range], into: activated)
      packedDown[chunk.expert].multiply(activated, into: given[range])
    }
  }

  private func combine(_ range: Range<Int>) {
    for row in range {
      let (to, weights) = (output.at(row), weights.at(row))
      to.update(from: input.at(row), count: output.columns)
      for slot in 0..<active {
        let place = Int(groups.places[row * active + slot])
        ExpertRouting.add(given.at(place), output.columns, times: weights[slot], to: to)
      }
    }
  }

  /// Gradients of the backward pass, beside those of the residual stream.
  private struct Gradients {
    /// At the experts' gates and ups, `(entries, 2 hidden)`.
    let gateUp: FloatView
    /// The experts' hidden layers once more, times their weights, `(entries, hidden)`.
    let activated: FloatView
    /// At the normalised input of each expert, `(entries, width)`.
    let normed: FloatView
    /// At the weights of a row's experts, `(rows, active)`.
    let weights: FloatView
    /// At the router's logits, `(rows, experts)`.
    let logits: FloatView
  }

  /// The products of the backward pass that lead to inputs.
  private struct Products {
    let router: InputGradient
    let gateUp: [InputGradient]
    let down: [InputGradient]
  }

  func backward(
    _ dOutput: FloatView, into dInput: FloatView, _ sums: GradientSums, _ arena: inout FloatArena
  ) -> [Stage] {
    let rows = context.rowCount
    let gradients = Gradients(
      gateUp: arena.borrow(rows * active, 2 * hidden), activated: arena.borrow(rows * active, hidden),
      normed: arena.borrow(rows * active, input.columns), weights: arena.borrow(rows, active),
      logits: arena.borrow(rows, experts))
    let dGain = sums.partial(rows, gain.columns, &arena)
    let products = Products(
      router: InputGradient(context.weights(layer.router), &arena),
      gateUp: layer.gateUp.map { InputGradient(context.weights($0), &arena) },
      down: layer.down.map { InputGradient(context.weights($0), &arena) })
    let parts = (gateUp: sums.parts(layer.gateUp[0]), down: sums.parts(layer.down[0]))
    return [
      InputGradient.packing([products.router] + products.gateUp + products.down),
      .tasks(groups.mostChunks) { [self] index in
        if index < groups.chunks.count { backward(groups.chunks[index], dOutput, products, gradients) }
      },
      .rows { [self] range in
        FloatView.scratch(range.count, gain.columns) { dNormed in
          router(range, sums, products.router, gradients, into: dNormed)
          RootMeanSquareNorm.backward(
            dNormed, input[range], inverse: inverse[range], gain: gain, residual: dOutput[range],
            into: dInput[range], dGain: GradientSums.cleared(dGain, range))
        }
      },
      sums.deferred(
        matrices: [sums.matrix(layer.router, dy: gradients.logits, x: input, normalization: (inverse, gain))],
        gains: [(dGain, layer.norm)]),
      .deferred(experts * (parts.gateUp + parts.down)) { [self] task in
        let (expert, part) = task.quotientAndRemainder(dividingBy: parts.gateUp + parts.down)
        let range = groups.entries(expert)
        let rows = groups.rows[range]
        if part < parts.gateUp {
          var product = sums.matrix(
            layer.gateUp[expert], dy: gradients.gateUp[range], x: input, normalization: (inverse, gain))
          product.gathered = (.inputs, rows)
          product.compute(part: part)
        } else {
          var product = sums.matrix(layer.down[expert], dy: dOutput, x: gradients.activated[range])
          product.gathered = (.outputs, rows)
          product.compute(part: part - parts.gateUp)
        }
      },
    ]
  }

  /// Through an expert, for some of its rows.
  private func backward(
    _ chunk: ExpertGroups.Chunk, _ dOutput: FloatView, _ products: Products, _ gradients: Gradients
  ) {
    let range = chunk.entries
    FloatView.scratch(range.count, hidden) { dActivated in
      FloatView.scratch(range.count, dOutput.columns) { gathered in
        for (i, entry) in range.enumerated() { gathered.copy(i, from: dOutput, Int(groups.rows[entry])) }
        products.down[chunk.expert].multiply(gathered, into: dActivated)
      }
      for (i, entry) in range.enumerated() {
        let (row, slot) = (Int(groups.rows[entry]), Int(groups.slots[entry]))
        gradients.weights.at(row, slot).pointee = ExpertRouting.hiddenBackward(
          dActivated.at(i), gateUp.at(entry), hidden, weight: weights.at(row, slot).pointee,
          into: gradients.gateUp.at(entry), product: gradients.activated.at(entry))
      }
    }
    products.gateUp[chunk.expert].multiply(gradients.gateUp[range], into: gradients.normed[range])
  }

  /// Through the router, and what the experts of each row give to its normalised input.
  private func router(
    _ range: Range<Int>, _ sums: GradientSums, _ product: InputGradient, _ gradients: Gradients,
    into dNormed: FloatView
  ) {
    for row in range {
      ExpertRouting.backward(
        gradients.weights.at(row), weights.at(row), used.at(row), active,
        normalized: layer.mixture.normalized, shares.at(row), experts, slopes: sums.balance?.at(layer.number),
        times: Float(context.layout.readers(row)), into: gradients.logits.at(row))
    }
    product.multiply(gradients.logits[range], into: dNormed)
    for row in range {
      for slot in 0..<active {
        dNormed.add(row - range.lowerBound, gradients.normed, Int(groups.places[row * active + slot]))
      }
    }
  }
}

extension RoutingNoise {
  /// Adds the noise of a row of a layer to its router's logits.
  fileprivate func add(to scores: FloatView, for normed: FloatView, _ layer: Int) {
    var hash = Fingerprint()
    hash.add([normed])
    FloatView.scratch(1, scores.columns) { noise in
      NormalNumbers.draw(
        Philox(seed: seed, .routing, UInt64(layer), hash.value), 0..<scores.columns, deviation: deviation,
        into: noise)
      scores.add(0, noise, 0)
    }
  }
}
