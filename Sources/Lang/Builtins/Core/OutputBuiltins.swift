import Engine

/// Printing, plots, files, help.
enum OutputBuiltins {
  static let all: [Builtin] = [print, show, plot, panels, save, who, help, apropos, builtins]

  private static let print = Builtin(
    .output, "print",
    "writes values: a text as it is, anything else as the prompt shows it",
    details: "Several values stand on one line with `sep` between them.",
    examples: ["print \"one\", 2\n#=> one 2"], isCommand: true
  ) { parameter in
    let values = parameter.rest("values", .items)
    let separator = parameter("sep", .text, " ")
    let end = parameter("end", .text, "\n")
    return { call in
      let values = try call[values]
      let text =
        values.count == 1 && !values[0].isText
        ? Printing.display(values[0], call.session.host.layout)
        : values.map(Printing.text).joined(separator: try call[separator])
      call.session.host.write(text + (try call[end]))
      return .none
    }
  }

  private static let show = Builtin(
    .output, "show", "writes a value as the prompt shows it, and draws a plot again", isCommand: true
  ) { parameter in
    let value = parameter("value", .any)
    return { call in
      if case .object(let object) = call[value], let plot = object as? PlotObject {
        call.session.host.draw(plot.picture)
      } else {
        call.session.host.display(call[value])
      }
      return .none
    }
  }

  private static let plot = Builtin(
    .output, "plot", "draws numbers, functions or the columns of a table",
    details: """
      `plot ys`, `plot xs, ys` and `plot xs, [ys, zs]` draw numbers, `plot f, from: 0, to: 3` a function. \
      `plot table, x: "step", y: "reward", by: "tau"` draws columns, one line for each value of `by`, as means over the rows with the same x; with a table of runs, \
      a column of the runs' curves can be x or y. `band` is "ci95" (Student's 95% interval of the mean), "sd", "range" or `none`. `smooth: 0.1` draws the exponential \
      moving average with that `alpha` (`ema`); `logx` and `logy` make an axis logarithmic.

      `kind` is "line", "points", "bars", "hist" or "heat". `plot xs, kind: "hist", bins: 20` counts numbers in intervals, `plot table, x: "reward", kind: "hist"` those of a \
      column. `plot m, kind: "heat"` shades a matrix, `plot table, x: "lr", y: "tau", z: "reward", kind: "heat"` the means of `z`. With `draw: false` the plot is made and not drawn; \
      `panels` puts several together. \
      The value is the plot; `save p, "file.svg"` or `.png` keeps it, or its numbers as `.csv`.
      """,
    isCommand: true
  ) { parameter in
    let arguments = PlotArguments(parameter)
    return { call in
      let picture = try PlotBuilder(arguments, call).picture()
      return try call[arguments.draw] ? call.session.draw(picture) : .object(PlotObject(picture))
    }
  }

  private static let panels = Builtin(
    .output, "panels", "draws several plots as one figure, row by row",
    details:
      "Make the plots with `draw: false`, so that each is drawn once. On a terminal they stand beside each other where it is wide enough, else below.",
    examples: [
      "p = panels([plot([1, 2], draw: false), plot([3, 1], draw: false)], columns: 2)\nkind(p)\n#=> \"plot\""
    ], isCommand: true
  ) { parameter in
    let plots = parameter("plots", .items)
    let columns = parameter("columns", .integer(1...20), 2)
    let title = parameter("title", .text, "")
    return { call in
      let pictures = try call[plots].map { value -> Picture in
        guard let plot = value.as(PlotObject.self) else {
          throw call.failure("`plots` must be plots, got \(Printing.brief(value))")
        }
        return plot.picture
      }
      guard !pictures.isEmpty else { throw call.failure("`plots` is empty") }
      return try call.session.draw(
        .panels(pictures, columns: min(call[columns], pictures.count), title: call[title]))
    }
  }

  private static let save = Builtin(
    .output, "save",
    "writes a value to a file, whose ending says how, or a policy, critic or reward model to a folder",
    details: """
      A table as `.csv`, `.json` or `.jsonl`, or as a report, `.html`, which shows a table of runs with means, intervals, curves, settings and fingerprints in one file; \
      a run as such a report, or its curve as `.csv` or `.jsonl`; a rollout or a batch as `.jsonl` (see `load_rollouts`); a plot as `.svg`, `.png` (drawn by librsvg, if that is installed), `.csv` or `.txt`; any value as `.json`; a text as it is. \
      With `claims`, a claim or a list of them as for `judge`, the report begins with the verdict on each, its interval, and what the study could have seen. \
      `save "file.svg"` alone saves the last plot. A policy becomes a folder that transformers opens as a Qwen3 \
      (`config.json`, `model.safetensors`, the tokenizer's files) and that `load` takes up again bit for bit; weights of `rounded(pi, \"bfloat16\")` or \"float16\" are saved in that type. So does a critic or a reward \
      model, which transformers opens as a `Qwen3ForSequenceClassification` with one label. A model saved there before is replaced, any other \
      folder is refused. What is written is written aside, flushed to disk and renamed, so a crash never leaves half of it.
      """,
    isCommand: true
  ) { parameter in
    let value = parameter("value", Kind<Value>.any.standing(for: .file))
    let path = parameter.optional("path", .path)
    let claims = parameter.optional("claims", .claims)
    return { call in
      var saved = call[value]
      var target = try call[path]
      if target == nil {
        target = saved.asText.map(FileContents.expanded)
        guard let plot = call.session.lastPlot else {
          throw call.failure("there is no plot to save yet", help: "write `save value, \"file\"`")
        }
        saved = .object(plot)
      }
      guard let target else { throw call.mismatch(path) }
      let ending = target.lastIndex(of: ".").map { target[$0...].dropFirst().lowercased() } ?? ""
      if let claims = try call[claims] {
        guard ending == "html", let runs = saved.as(Table.self) else {
          throw call.failure(
            "claims stand in a report on a table of runs, `save runs, \"report.html\"`, got \(saved.kindWithArticle) for \(Text.quoted(target))"
          )
        }
        let verdicts = try ClaimObject.verdicts(claims, runs, alpha: 0.05, call)
        try Report(runs, path: target, call.session, claims.indices.map { (claims[$0], verdicts.row($0)) })
          .save()
      } else if let saveable = saved.as((any Saveable).self) {
        try saveable.save(to: target, ending: ending, call)
      } else {
        guard ending == "json" else {
          throw call.failure("\(saved.kindWithArticle) is saved as .json, got \(Text.quoted(target))")
        }
        try FileContents.write(JSONText.text(saved) + "\n", to: target, for: "save")
      }
      call.session.host.note("saved \(target)")
      return .none
    }
  }

  private static let who = Builtin(
    .output, "who", "the variables there are, with their kinds and sizes, as a table"
  ) { _ in
    { call in
      let session = call.session
      let rows = session.userNames.compactMap { name -> Record? in
        guard let value = session.globals[name] else { return nil }
        return Record([
          "name": .text(name), "kind": .text(value.kind),
          "value": .text(Printing.clipped(value.summary, 60)),
          "bytes": .text(MemoryBudget.readable(value.byteCount)),
        ])
      }
      return .object(try Table(rows: rows))
    }
  }

  private static let help = Builtin(
    .output, "help", "what a builtin does; without a name, what there is", isCommand: true
  ) { parameter in
    let name = parameter.optional("name", .any)
    return { call in
      guard let value = try call[name] else {
        call.session.host.show(Help.overview(call.session))
        return .none
      }
      let text =
        try value.asText.map { try Help.text($0, call.session) } ?? Help.text(of: value, call.session)
      call.session.host.show(text + "\n")
      return .none
    }
  }

  private static let apropos = Builtin(
    .output, "apropos", "all names that have to do with a word, with what each means",
    details:
      "Looks at builtins with their details, words of the language, variables and columns of a batch. Several words must all be there.",
    isCommand: true
  ) { parameter in
    let query = parameter("query", .text)
    return { call in
      call.session.host.show(try Help.search(call[query], call.session) + "\n")
      return .none
    }
  }

  private static let builtins = Builtin(
    .output, "builtins",
    "the cards of all builtins, as a table: `name`, `family`, `signature`, `summary`, `details`, `examples`",
    examples: [
      "builtins() | filter(b => b.name == \"clip\") | map(b => b.summary)\n#=> [\"x, but no less than low and no more than high\"]"
    ]
  ) { _ in
    { call in
      let cards = Builtin.Family.allCases.flatMap { family in
        call.session.catalog.builtins.filter { $0.family == family }
      }
      return .object(
        try Table(
          rows: cards.map { card in
            Record([
              "name": .text(card.name), "family": .text(card.family.rawValue),
              "signature": .text(card.constant == nil ? card.signature.text : card.name),
              "summary": .text(card.summary),
              "details": .text(card.details), "examples": .list(card.examples.map { .text($0) }),
              "command": .bool(card.isCommand),
              "source": card.source.map { .text($0) } ?? .none,
            ])
          }))
    }

  }
}

extension Session {
  /// Shows a picture, which `save` alone keeps.
  func draw(_ picture: Picture) -> Value {
    let plot = PlotObject(picture)
    host.draw(picture)
    (lastPlot, hasDrawn) = (plot, true)
    return .object(plot)
  }

  /// Draws the value of a statement if it is a plot that the program has not just drawn; false for other values.
  public func drawsPlot(_ value: Value) -> Bool {
    guard let plot = value.as(PlotObject.self) else { return false }
    if !hasDrawn || plot !== lastPlot { host.draw(plot.picture) }
    return true
  }
}
