import Engine

/// What the routers of a mixture of experts do.
enum ExpertBuiltins {
  static let all: [Builtin] = [withRoutingNoise, expertLoad, churn, routingShare, plotExperts]

  private static let withRoutingNoise = Builtin(
    .models, "with_routing_noise", "the policy with noise on its routers' choice of experts",
    details: """
      The experts chosen are the best of logits plus normal numbers of standard deviation `deviation`; their weights come from the logits alone. \
      The numbers follow from `seed` and the bits of what is routed: the policy still routes alike in sampling and training, and any update \
      changes all of them. It stays with the policies that training makes. 0 takes the noise away. A sampler with noise is \
      `rescore(rollout(with_routing_noise(pi, 0.5), task), pi, old: true)`.
      """,
    examples: [
      "task = addition()\npi = policy(task, experts: 8, active: 2)\nnoisy = with_routing_noise(pi, 1)\nro = rollout(noisy, task, prompts: 2)\n[all(ro.ratio == 1), all(rescore(ro, pi).ratio == 1)]\n#=> [true, false]"
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let deviation = parameter("deviation", .number)
    let seed = parameter("seed", .seed, 0)
    return { call in
      let noise = RoutingNoise(deviation: try call[deviation], seed: try call[seed])
      return .object(PolicyObject(try call[policy].withRoutingNoise(noise)))
    }
  }

  private static let expertLoad = Builtin(
    .models, "expert_load", "how a policy uses its experts on the tokens of a rollout, a row for each layer",
    details: """
      Columns: `layer`; `share`, the share of the choices that each expert has; `entropy` of the shares in nats, at most log(experts); `largest`, \
      the largest share; `unused`, how many experts no token chose. Every token counts once for each completion that reads it.
      """,
    examples: [
      "task = addition()\npi = policy(task, experts: 4, active: 2)\nload = expert_load(pi, rollout(pi, task, prompts: 4))\n[load.layer, sum(load[0].share)]\n#=> [[0, 1], 1]"
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let rollout = parameter("rollout", .batch)
    return { call in
      let layers = try call[policy].configuration.mixtureLayers
      let used = try load(call[policy], call[rollout]).layers
      let rows = try zip(layers, used).map { number, layer in
        Record([
          "layer": .number(Double(number)), "share": .tensor(try Tensor(layer.shares)),
          "entropy": .number(layer.entropy), "largest": .number(layer.shares.max() ?? 0),
          "unused": .number(Double(layer.unused)),
        ])
      }
      return .object(try Table(rows: rows))
    }
  }

  private static let churn = Builtin(
    .models, "churn",
    "the share of expert choices that differ between two states of a rollout, a row for each layer",
    details: """
      `rollout` and `other` are one rollout under two policies, such as `ro` and `rescore(ro, pi)`. A choice changed when its expert is \
      not among those of the other. Choices are the routers' own, also in a replay. Every trainable token counts once. With a list as `other`, such as \
      one state after each update, there are rows for each, numbered from 1 in `update`.
      """,
    examples: [
      "task = addition()\nro = rollout(policy(task, experts: 8, active: 2), task, prompts: 2)\nchurn(ro, ro).changed\n#=> [0, 0]",
      "task = addition()\npi = policy(task, experts: 8, active: 2, lr: 0.01)\nro = rollout(pi, task, prompts: 4, reward: text => len(text)) | group_norm\nstates = []\nfor i in 1..2 {\n  pi, s = step(pi, ro, grpo())\n  states = push(states, rescore(ro, pi))\n}\nc = churn(ro, states)\n[c.update, c.layer]\n#=> [[1, 1, 2, 2], [0, 1, 0, 1]]",
    ]
  ) { parameter in
    let rollout = parameter("rollout", .batch)
    let other = parameter("other", .batches)
    return { call in
      let (others, isList) = try call[other]
      let rows = try others.enumerated().flatMap { index, other in
        try other.churn(from: call[rollout]).enumerated().map { layer, changed in
          let update = isList ? [("update", Value.number(Double(index + 1)))] : []
          return Record(update + [("layer", .number(Double(layer))), ("changed", .number(changed))])
        }
      }
      return .object(try Table(rows: rows))
    }
  }

  private static let routingShare = Library.builtin(
    "routing_share", .models, "how much of the spread of the log ratio comes from changed experts",
    details: """
      A record: `churn` of the choices behind `old`; `free` and `held`, the standard deviations of the log ratio without and with `replay`; `share`, \
      1 - held^2 / free^2.
      """,
    examples: [
      "task = addition()\npi = policy(task, experts: 8, active: 2)\nrouting_share(rollout(pi, task, prompts: 2), pi).free\n#=> 0"
    ])

  private static let plotExperts = Builtin(
    .output, "plot_experts", "a heat map of how a policy uses its experts: layers by experts",
    details: """
      Darker squares have a larger share of the choices (`expert_load`). The value is the map; `save p, "file.svg"` keeps it, or its numbers as `.csv`.
      """,
    isCommand: true
  ) { parameter in
    let policy = parameter("policy", .policy)
    let rollout = parameter("rollout", .batch)
    return { call in
      let used = try load(call[policy], call[rollout]).layers
      let map = HeatMap(
        title: "share of each expert",
        rows: try call[policy].configuration.mixtureLayers.map { "layer \($0)" }, values: used.map(\.shares))
      return call.session.draw(.heatMap(map))
    }
  }

  private static func load(_ policy: Policy, _ batch: Batch) throws -> ExpertLoad {
    if let load = try Engine.expertLoad(policy, batch) { return load }
    throw RuntimeError(
      "the policy has no experts", help: "make one with policy(task, experts: 16, active: 4)")
  }
}

extension Kind where T == (batches: [Batch], isList: Bool) {
  /// A rollout, or a list of them.
  static var batches: Kind {
    Kind("a rollout, or a list of rollouts") { value, call in
      if let batch = try Kind<Batch>.batch.read(value, call) { return ([batch], false) }
      guard value.isList, let items = try Iteration.items(value), !items.isEmpty else { return nil }
      let batches = try items.compactMap { try Kind<Batch>.batch.read($0, call) }
      return batches.count == items.count ? (batches, true) : nil
    }
  }
}
