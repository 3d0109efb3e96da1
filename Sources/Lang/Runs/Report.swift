import Engine

/// One file that tells what runs did: means with intervals, curves, every run's settings and fingerprint, the machine,
/// and the command that repeats it.
///
/// It needs no other file and no network, and reads on a phone and on paper.
struct Report {
  private let path: String
  private let table: Table
  private let session: Session
  private let runs: [RunObject?]
  /// What was to be shown, and what came of it, as a row of `judge`.
  private let verdicts: [(claim: Claim, row: Record)]
  /// The columns that say which run a row is of.
  private let axes: [String]

  /// The final numbers that are shown, as far as there are any; the curves likewise.
  private static let telling = ["pass1", "reward", "kl", "entropy", "length", "grad_norm", "value_loss"]

  /// A report on a table, whose column `run` has runs, and on claims with their verdicts, to be written to `path`.
  init(_ table: Table, path: String, _ session: Session, _ verdicts: [(claim: Claim, row: Record)] = []) {
    self.path = path
    self.table = table
    self.session = session
    self.verdicts = verdicts
    let runs = (table.column("run") ?? []).map { $0.as(RunObject.self) }
    let others = Set(runs.flatMap { $0?.final.keys.names ?? [] } + ["run", "curve", "error", "partial"])
    self.runs = runs
    axes = runs.isEmpty ? [] : table.names.filter { !others.contains($0) }
  }

  /// Writes it to its file.
  func save() throws { try FileContents.write(try html(), to: path, for: "save") }

  /// The claim it is about; where there are several or none, the name of the file.
  private var title: String {
    if verdicts.count == 1 { return verdicts[0].claim.text }
    let name = path.split(separator: "/").last ?? ""
    return String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex))
  }

  private func html() throws -> String {
    var parts = ["<h1>\(Text.markup(title))</h1>", "<p class=\"note\">\(Text.markup(origin))</p>"]
    parts += judged()
    if runs.isEmpty {
      parts.append(
        Report.grid(
          table.names, (0..<(table.elementCount ?? 0)).map { table.row($0).values.map(Report.cell) }))
    } else {
      parts += try results() + figures() + cells() + settings()
    }
    parts += machine()
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Text.markup(title))</title>
      <style>
      \(Report.style)
      </style>
      </head>
      <body>
      \(parts.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  private var origin: String {
    let count = table.elementCount ?? 0
    return "\(count) \(runs.isEmpty ? "row" : "run")\(count == 1 ? "" : "s"), rls \(Session.version), "
      + Clock.text(Clock.wallTime)
  }

  // MARK: Claims

  /// Each claim with its verdict, what the verdict rests on, and how it was tested.
  private func judged() -> [String] {
    guard !verdicts.isEmpty else { return [] }
    func text(_ row: Record, _ name: String) -> String { Text.markup(Printing.text(row[name] ?? .none)) }
    func number(_ row: Record, _ name: String) -> String {
      row[name]?.asNumber.map { Printing.number($0, digits: 3) } ?? "–"
    }
    let parts = verdicts.map { claim, row in
      let verdict = text(row, "verdict")
      let facts = [
        ("effect", number(row, "effect")),
        ("interval", "\(number(row, "ci_low")) to \(number(row, "ci_high"))"), ("p", number(row, "p")),
        ("counted", number(row, "n")), ("seen with power 0.8", number(row, "visible")),
      ].map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>" }
      return """
        <section class="claim"><h3>\(text(row, "claim"))</h3>
        <p class="verdict \(verdict.replacing(" ", with: "-"))">\(verdict)</p><dl>\(facts.joined())</dl>
        <p>\(text(row, "says"))</p><p class="note">\(Text.markup(claim.procedure))</p></section>
        """
    }
    return ["<h2>\(verdicts.count == 1 ? "Claim" : "Claims")</h2>"] + parts
  }

  // MARK: Groups

  /// The axes whose values are told apart; runs that differ in their seeds alone are one group.
  private var groupAxes: [String] { axes.filter { $0 != "seed" && !$0.hasSuffix("_seed") } }

  private func groups() throws -> [(name: String, key: [Value], rows: [Int])] {
    try RowGroups.groups(table, groupAxes).map { group in
      let name = zip(groupAxes, group.key).map { "\($0) \(Printing.text($1))" }.joined(separator: ", ")
      return (name, group.key, group.positions)
    }
  }

  private func results() throws -> [String] {
    let columns = Report.telling.filter { name in
      table.column(name)?.contains { $0.asNumber != nil } ?? false
    }
    let groups = try groups()
    let repeated = groups.contains { $0.rows.count > 1 }
    let rows = try groups.map { group in
      try group.key.map(Report.cell)
        + columns.map { name in
          let values = group.rows.compactMap { table.column(name)?[$0].asNumber }.filter(\.isFinite)
          guard let mean = Summary.mean(values) else { return "" }
          let half = try Summary.interval(values, .t, Philox(seed: 0, .script)).map { $0.high - mean }
          return Printing.number(mean, digits: 4)
            + (half.map { " <span class=\"half\">± \(Printing.number($0, digits: 2))</span>" } ?? "")
        } + ["\(group.rows.count)"]
    }
    let note =
      "Means over the last ten steps of each run"
      + (repeated
        ? ", averaged over runs that differ in nothing else than their seed; ± is half of Student's 95 % interval."
        : ".")
    return [
      "<h2>Results</h2>", "<p class=\"note\">\(note)</p>", Report.grid(groupAxes + columns + ["runs"], rows),
    ]
  }

  // MARK: Figures

  private func figures() throws -> [String] {
    let groups = try groups()
    let figures = try Report.telling.compactMap { name -> String? in
      let series = try groups.compactMap { try curve(name, $0.rows, $0.name) }
      guard series.contains(where: { $0.count > 1 }) else { return nil }
      let plot = Plot(title: name, xLabel: "step", yLabel: name, series: series)
      return "<figure>\(plot.renderSVG(width: 480, height: 320))</figure>"
    }
    return figures.isEmpty ? [] : ["<h2>Curves</h2>", "<div class=\"figures\">"] + figures + ["</div>"]
  }

  /// The mean of a column at each step, with an interval where there are several runs.
  private func curve(_ name: String, _ rows: [Int], _ label: String) throws -> Plot.Series? {
    var values: [Double: [Double]] = [:]
    for row in rows {
      guard let curve = try runs[row]?.curve(), let steps = curve.column("step"),
        let column = curve.column(name)
      else { continue }
      for (step, value) in zip(steps, column) {
        if let x = step.asNumber, let y = value.asNumber, y.isFinite { values[x, default: []].append(y) }
      }
    }
    guard !values.isEmpty else { return nil }
    let x = values.keys.sorted()
    let means = x.map { Summary.mean(values[$0] ?? []) ?? .nan }
    let bounds = try x.map { try Summary.interval(values[$0] ?? [], .t, Philox(seed: 0, .script)) }
    let hasBand = bounds.contains { $0 != nil }
    return Plot.Series(
      label: label, x: x, y: means, low: hasBand ? bounds.map { $0?.low ?? .nan } : nil,
      high: hasBand ? bounds.map { $0?.high ?? .nan } : nil)
  }

  // MARK: Runs

  private func cells() throws -> [String] {
    let columns = Report.telling.filter { table.column($0) != nil }
    let rows = try (0..<(table.elementCount ?? 0)).map { row in
      let run = runs[row]
      let state = table.column("error")?[row].asText ?? "\(run?.steps ?? 0)\u{A0}steps"
      return (axes + columns).map { Report.cell(table.column($0)?[row] ?? .none) }
        + [
          Text.markup(state), "<code>\(try run?.fingerprint() ?? "")</code>",
          "<code>\(Text.markup(run?.folder ?? ""))</code>",
        ]
    }
    return ["<h2>Runs</h2>", Report.grid(axes + columns + ["state", "fingerprint", "folder"], rows)]
  }

  /// What the runs were to do; a setting that differs between them has all its values.
  private func settings() throws -> [String] {
    var names: [String] = []
    var values: [String: [String]] = [:]
    for case let run? in runs {
      guard case .object(let fields) = try specification(run) else { continue }
      for field in fields where field.value != .null {
        if values[field.name] == nil { names.append(field.name) }
        let text = field.value.string ?? field.value.line
        if !(values[field.name, default: []].contains(text)) { values[field.name, default: []].append(text) }
      }
    }
    let rows = names.map { name in
      let all = values[name] ?? []
      let shown = all.prefix(12).map { "<code>\(Text.markup(Printing.clipped($0, 400)))</code>" }
      return [
        Text.markup(name),
        shown.joined(separator: "<br>") + (all.count > 12 ? "<br>and \(all.count - 12) more" : ""),
      ]
    }
    return ["<h2>Settings</h2>", Report.grid(["setting", "value"], rows)]
  }

  private func specification(_ run: RunObject) throws -> JSON {
    if let folder = run.folder, StoredRun.exists(folder) { return try StoredRun(folder).specification }
    return try Identity(session).of(run.specification.fields)
  }

  private func machine() -> [String] {
    let fields = Provenance.fields(session)
    guard case .object(let machine)? = fields.first(where: { $0.name == "machine" })?.value else { return [] }
    var rows = machine.map { [$0.name, Text.markup($0.value.string ?? $0.value.line)] }
    rows.append(["rls", Session.version])
    guard let program = session.program else { return ["<h2>Machine</h2>", Report.grid(["", ""], rows)] }
    let command = (["rls", program.name] + session.arguments).joined(separator: " ")
    return [
      "<h2>Machine</h2>", Report.grid(["part", "value"], rows), "<h2>To repeat it</h2>",
      "<pre>\(Text.markup(command))</pre>",
      "<details><summary>The program</summary><pre>\(Text.markup(String(decoding: program.bytes, as: UTF8.self)))</pre></details>",
    ]
  }

  // MARK: HTML

  private static func grid(_ names: [String], _ rows: [[String]]) -> String {
    let head = names.map { "<th>\(Text.markup($0))</th>" }.joined()
    let body = rows.map { "<tr>\($0.map { "<td>\($0)</td>" }.joined())</tr>" }.joined(separator: "\n")
    return
      "<div class=\"table\"><table><thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)\n</tbody></table></div>"
  }

  private static func cell(_ value: Value) -> String {
    switch value {
    case .none, .missing: ""
    case .number(let number): Printing.number(number, digits: 4)
    case .bool, .object: Text.markup(Printing.clipped(value.asText ?? value.summary, 80))
    }
  }

  private static let style = """
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2rem; }
    .note { color: gray; margin: .3rem 0; } .half { color: gray; white-space: nowrap; }
    .claim { border-left: 4px solid #8884; padding: .1rem 1rem; margin: 1rem 0; } .claim h3 { font-size: 1rem; margin: .3rem 0; }
    .claim p { margin: .3rem 0; } .verdict { display: inline-block; font-weight: bold; padding: 0 .6em; border-radius: 1em; color: white; background: #666; }
    .supported { background: #1a7f37; } .contradicted { background: #b3261e; }
    dl { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin: .3rem 0; } dt { color: gray; font-size: .8em; } dd { margin: 0; font-variant-numeric: tabular-nums; }
    .table { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
    code, pre { font: 0.85em/1.4 ui-monospace, monospace; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
    figure { margin: 0; background: white; border-radius: 4px; } figure svg { width: 100%; height: auto; }
    @media print { body { max-width: none; font-size: 10pt; } details { display: none; } .verdict { print-color-adjust: exact; } h2, figure, tr, .claim { break-inside: avoid; } h2 { break-after: avoid; } .table { overflow: visible; } }
    """
}

extension RunObject: Saveable {
  func save(to path: String, ending: String, _ call: Call) throws {
    switch ending {
    case "html":
      let table = try Table(rows: [Record(summaryFields.map { ($0.name, $0.value) })])
      try Report(table, path: path, call.session).save()
    case "csv", "jsonl": try curve().save(to: path, ending: ending, call)
    case "json": try FileContents.write(JSONText.text(.object(self)) + "\n", to: path, for: "save")
    default:
      throw call.failure("a run is saved as .html, .csv, .jsonl or .json, got \(Text.quoted(path))")
    }
  }
}
