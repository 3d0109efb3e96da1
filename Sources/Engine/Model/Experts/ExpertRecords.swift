/// The experts that the rows of a layout have to go through, a replay of what was recorded.
struct ExpertReplay {
  private let layers: Int
  private let active: Int
  /// `[row][layer][active]`.
  private var numbers: [UInt16] = []

  init(_ sets: ExpertSets) {
    layers = sets.layers
    active = sets.active
  }

  mutating func append(_ more: [UInt16]) { numbers += more }

  /// Writes the experts of a row in mixture layer `layer` into row `row` of `used`.
  func copy(_ row: Int, _ layer: Int, into used: FloatView) {
    let to = used.at(row)
    for slot in 0..<active { to[slot] = Float(numbers[(row * layers + layer) * active + slot]) }
  }
}

extension ExpertSets {
  /// No token's; nil for a policy without experts.
  init?(_ configuration: PolicyConfiguration) {
    guard let mixture = configuration.mixture else { return nil }
    self.init(layers: configuration.mixtureLayers.count, active: mixture.active)
  }

  /// The experts that the layers `routed` chose for some rows, row by row.
  static func numbers(_ routed: [any RoutedPass], _ rows: Range<Int>) -> [UInt16] {
    let views = routed.map(\.chosen)
    var numbers: [UInt16] = []
    numbers.reserveCapacity(rows.count * views.count * (views.first?.columns ?? 0))
    for row in rows {
      for view in views {
        let chosen = view.at(row)
        for slot in 0..<view.columns { numbers.append(UInt16(chosen[slot])) }
      }
    }
    return numbers
  }
}

extension [ExpertSets] {
  /// Appends the sets of a layout's completions, which follow those that are there.
  mutating func add(_ routed: [any RoutedPass], _ layout: SequenceLayout) {
    let none = ExpertSets(layers: routed.count, active: routed.first?.chosen.columns ?? 0)
    for (segments, episodes) in zip(layout.groups, layout.episodes) {
      let prompt = ExpertSets.numbers(routed, layout.segments[segments.lowerBound].rows)
      for episode in episodes {
        // Completions without a token have no rows, where none of their prompt's has one.
        while count < episode.number { append(none) }
        var sets = none
        sets.prompt = prompt
        if let segment = episode.segment {
          sets.completion = ExpertSets.numbers(routed, layout.segments[segment].rows)
        }
        append(sets)
      }
    }
  }
}

extension TokenSequences {
  /// Throws for sets of experts that are not those of these tokens under a policy of these sizes.
  func validate(
    _ replay: [ExpertSets], _ configuration: PolicyConfiguration, _ operation: String
  ) throws(EngineError) {
    guard let mixture = configuration.mixture else {
      throw EngineError(
        .argument, operation, "the policy has no experts, so there is nothing to replay",
        hint: "leave replay out")
    }
    guard replay.count == completions.count else {
      throw EngineError(
        .shape, operation, "\(replay.count) sets of experts came for \(completions.count) episodes")
    }
    let layers = configuration.mixtureLayers.count
    for (episode, sets) in replay.enumerated() where !completions[episode].isEmpty {
      guard sets.layers == layers, sets.active == mixture.active else {
        throw EngineError(
          .shape, operation,
          "episode \(episode) has experts of \(sets.layers) layers, \(sets.active) each, "
            + "but the policy has \(layers) layers with \(mixture.active) each")
      }
      guard sets.fits(prompt: prompts[promptOf[episode]].count, completion: completions[episode].count) else {
        throw EngineError(
          .shape, operation,
          "episode \(episode) has experts for \(sets.tokens) tokens, but the policy reads "
            + "\(prompts[promptOf[episode]].count + completions[episode].count - 1)")
      }
      for numbers in [sets.prompt, sets.completion] {
        for expert in numbers where expert >= mixture.experts {
          throw EngineError(
            .argument, operation,
            "episode \(episode) has expert \(expert), but the policy has \(mixture.experts)")
        }
      }
    }
  }
}
