/// The part of the library that is written in the language.
enum Library {
  /// The functions by name, read once; empty when `check` throws.
  static var functions: [String: FunctionSyntax] { (try? parsed.get()) ?? [:] }

  /// Throws what is wrong with the library's text, with the place.
  static func check() throws(Rejection) { _ = try parsed.get() }

  private static let parsed = Result { () throws(Rejection) in
    let text = String(decoding: PackageResources.prelude_rls, as: UTF8.self)
    return try read(Source(name: "prelude.rls", text: text, isLibrary: true))
  }

  /// The engine's objectives by name, each as a function of a batch.
  static let objectives: [String: String] = {
    let text = String(decoding: PackageResources.objectives_rls, as: UTF8.self)
    let functions = try? read(Source(name: "objectives.rls", text: text))
    return functions?.mapValues(\.span.text) ?? [:]
  }()

  /// A program that shows each of the engine's advantage estimators: the lines after `# name`.
  static let advantageExamples: [String: String] = {
    var examples: [String: String] = [:]
    var name = ""
    for line in String(decoding: PackageResources.advantages_rls, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("# ") {
        name = String(line.dropFirst(2))
      } else {
        examples[name] = (examples[name].map { $0 + "\n" } ?? "") + line
      }
    }
    return examples
  }()

  /// The functions that a text defines; throws when it does not parse or has anything else at its top level.
  static func read(_ source: Source) throws(Rejection) -> [String: FunctionSyntax] {
    var functions: [String: FunctionSyntax] = [:]
    for statement in try Parser.parse(source, commands: []) {
      guard case .define(let function) = statement.kind, let name = function.name else {
        throw Rejection(diagnostics: [
          Diagnostic("only functions with a name may stand at the top level of the library", statement.span)
        ])
      }
      functions[name] = function
    }
    return functions
  }

  /// Functions that hand arguments whose names are not their own on to another one, and the parameter that gets them as
  /// a record.
  private static let forwarding = [
    "train": (rest: "sampling", target: "rollout"), "train_ppo": (rest: "options", target: "train"),
  ]

  /// The names of the arguments that a function takes and hands on, and the function that gets each.
  static func forwarded(_ name: String, _ catalog: BuiltinCatalog) -> [(function: String, name: String)] {
    guard let target = forwarding[name]?.target, let card = catalog.builtin(target) else { return [] }
    return card.signature.optionalNames.map { (target, $0) } + forwarded(target, catalog)
  }

  /// The card of a function that is written in the language.
  static func builtin(
    _ name: String, _ family: Builtin.Family, _ summary: String, details: String = "", examples: [String] = []
  ) -> Builtin {
    Builtin(
      family, name, summary, details: details, examples: examples, source: functions[name]?.span.text
    ) { parameter in
      // What is not given stays missing: the function has defaults of its own.
      var forwarded: Argument<Record>?
      let arguments = (functions[name]?.parameters ?? []).map { declared in
        if declared.name == forwarding[name]?.rest {
          let rest = parameter.named(declared.name)
          forwarded = rest
          return Argument(name: rest.name, position: rest.position, kind: .any)
        }
        return declared.defaultValue.map { parameter(declared.name, .any, words: $0.span.text) }
          ?? parameter(declared.name, .any)
      }
      return { [forwarded] call in
        if let forwarded { try check(call[forwarded], call) }
        return try call.interpreter.call(call.session.library(name), arguments.map { call[$0] })
      }
    }
  }

  /// Refuses names that neither the function called nor the one it hands arguments on to knows.
  private static func check(_ options: Record, _ call: Call) throws {
    let known = forwarded(call.signature.name, call.session.catalog).map(\.name)
    for name in options.keys.names where !known.contains(name) {
      let nearest = Suggestion.nearest(to: name, among: call.signature.optionalNames + known)
      throw RuntimeError(
        "\(call.signature.name) has no parameter `\(name)`",
        help: nearest.map { "did you mean `\($0):`?" } ?? "it is written \(call.signature.text)")
    }
  }
}

/// Cards of functions that are written in the language and stand among those of other families.
extension Library {
  static let plotGates = builtin(
    "plot_gates", .objectives, "gates or their weights over the ratio, for both signs of the advantage",
    details: """
      The unified view of arXiv:2511.20347, figure 1: `curve` is "weight", the share of the gradient that is left, or "gate", what stands in the \
      place of the ratio. `probability` is that of the token under the policy that sampled, at which dppo and maspo look. `sign` is 1 or -1 for advantages of \
      one sign alone.
      """,
    examples: ["p = plot_gates([grpo(), sapo()])\nkind(p)\n#=> \"plot\""])

  static let assumptions = builtin(
    "assumptions", .objectives, "how far a batch keeps to the two assumptions of SAPO's theory",
    details: """
      A table with a row for each sign of the advantage. A1, ratios near 1: quantiles of |z - (r - 1)|, z = log r. A2, little spread within a sequence: \
      Var = mean_t (z - mu)^2, mu = mean_t z, of which there are the mean `variance`, quantiles, and `below_02`, the share of sequences below 0.02.

      The theory is about the gate g(z) = sech^2(tau z / 2): `gate` is the mean over sequences of its mean, `gap` the largest difference in one sequence \
      between its mean and g(mu), `bound` the largest (tau^2 / 4) Var, and `within` the share of sequences whose gap keeps to their own bound: all do, \
      since that is a theorem. SAPO's own gate is sech^2(tau (r - 1) / 2), for which the bound is no theorem: `sapo_gate`, `sapo_gap` and `sapo_within` \
      say how it fares. `ppl_ratio` is the mean of exp(mu), the perplexity \
      under the policy that sampled over the current one. arXiv:2511.20347.
      """,
    examples: [
      "b = batch(logp: [[-1, -2], [-3]], old: [[-1.1, -2], [-3.2]], advantage: [1, -1])\nall(assumptions(b).within == 1)\n#=> true"
    ])

  static let dynamicSampling = builtin(
    "dynamic_sampling", .objectives, "samples until enough groups have rewards that differ",
    details: """
      DAPO's dynamic sampling (arXiv:2503.14476, eq. (11)). `sample` is a function of the round, from 1, that gives a rollout; groups whose rewards are all equal are \
      thrown away, and the first `groups` others make the batch. After `rounds` rounds (verl: 10) it is an error, or with `partial` what there is, \
      if there is any.

      The column `drawn_reward` is the mean reward of everything that was sampled, kept or not; the `reward` of train's curve is its mean, so \
      that runs with and without the filter can be compared.
      """,
    examples: [
      "fn sample(round) = batch(logp: [[-1], [-1], [-1], [-1]], reward: [0, 0, 0, 1], group: 2)\nlen(dynamic_sampling(sample, 3))\n#=> 6"
    ])

  static let withGreedy = builtin(
    "with_greedy", .objectives,
    "the rollout with the rewards of greedy completions as `greedy_reward`, for `remax`",
    details: "`seed` must be that of the rollout, so that the prompts are the same.",
    examples: [
      "task = addition()\npi = policy(task)\nro = rollout(pi, task, prompts: 2, seed: 3)\nlen(with_greedy(ro, pi, task, seed: 3).greedy_reward) == len(ro)\n#=> true"
    ])
}
