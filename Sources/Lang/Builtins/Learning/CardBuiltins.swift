import Engine

/// The engine's cards of algorithms as tables, from which their documentation is made.
enum CardBuiltins {
  static let all: [Builtin] = [objectives, advantages]

  private static let objectives = Builtin(
    .objectives, "objectives", "the cards of all objectives, as a table",
    details: """
      Columns: `name`, `title`, `summary`, `family`, `equation`, `paper`, `granularity`, `advantage`, `models`, `cost`, `failure`, `parameters`, \
      `conventions`, `edge_cases`, `metrics`, `source`.
      """,
    examples: [
      "filter(objectives(), o => o.name == \"sapo\")[0].paper\n#=> \"arXiv:2511.20347, eq. (5); gate: eq. (6)\""
    ]
  ) { _ in
    { _ in
      let families = ObjectiveCard.Family.allCases
      let cards = families.flatMap { family in ObjectiveCatalog.all.filter { $0.profile.family == family } }
      return .object(
        try Table(
          rows: cards.map { card in
            Record([
              "name": .text(card.name), "title": .text(card.title), "summary": .text(card.summary),
              "family": .text(card.profile.family.rawValue), "equation": .text(card.equation),
              "paper": .text(card.paper), "granularity": .text(card.profile.granularity),
              "advantage": .text(card.profile.advantage), "models": .text(card.profile.models),
              "cost": .text(card.profile.cost), "failure": .text(card.profile.failure),
              "parameters": parameters(card.parameters), "conventions": texts(card.conventions),
              "edge_cases": texts(card.edgeCases),
              "metrics": .list(
                card.metrics.map { .object(Record(["name": .text($0.name), "meaning": .text($0.meaning)])) }),
              "source": .text(Library.objectives[card.name] ?? ""),
            ])
          }))
    }
  }

  private static let advantages = Builtin(
    .objectives, "advantages", "the cards of all advantage estimators, as a table",
    details:
      "Columns: `name`, `summary`, `equation`, `paper`, `objective`, `parameters`, `conventions`, `edge_cases`.",
    examples: ["filter(advantages(), a => a.name == \"rloo\")[0].objective\n#=> \"reinforce()\""]
  ) { _ in
    { _ in
      .object(
        try Table(
          rows: AdvantageCatalog.all.map { card in
            Record([
              "name": .text(card.name), "summary": .text(card.summary), "equation": .text(card.equation),
              "paper": .text(card.paper), "objective": .text(card.objective),
              "parameters": parameters(card.parameters), "conventions": texts(card.conventions),
              "edge_cases": texts(card.edgeCases),
            ])
          }))
    }
  }

  private static func texts(_ items: [String]) -> Value { .list(items.map { .text($0) }) }

  private static func parameters(_ parameters: [Parameter]) -> Value {
    .list(
      parameters.map { parameter in
        .object(
          Record([
            "name": .text(parameter.name), "symbol": .text(parameter.symbol),
            "standard": parameter.defaultValue.map { .text("\($0)") } ?? .none,
            "meaning": .text(parameter.meaning), "range": .text(parameter.range),
            "source": .text(parameter.source),
          ]))
      })
  }
}
