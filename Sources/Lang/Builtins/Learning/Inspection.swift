import Engine

/// What an objective does to each token of a few sequences, as text.
struct Inspection {
  private let call: Call
  private let batch: Batch
  private let shown: [Int]
  private let advantages: [Double]
  private let slopes: [Double]
  private let plain: [Double]

  init(_ objective: Value, _ batch: Batch, sequences count: Int, _ call: Call) throws {
    self.call = call
    self.batch = batch
    advantages = try batch.require(.advantage, for: "inspect").asTokens(for: "inspect").tensor.values
    func gradient(_ batch: Batch) throws -> [Double] {
      let gradient = try Differentiation.gradient(
        of: objective, at: [.object(BatchObject(batch))], named: [], call
      ).gradient
      return try Conversion.tensor(gradient)?.values ?? []
    }
    let plain = try gradient(batch.with(.logp, batch.old))
    slopes = try gradient(batch)
    self.plain = plain
    let rows = batch.rows
    let pulling = (0..<rows.count).filter { row in rows.range(row).contains { plain[$0] != 0 } }
    shown = Array((pulling.isEmpty ? Array(0..<rows.count) : pulling).prefix(count))
  }

  func show() throws {
    let ratios = try batch.ratio().values
    let mask = batch.rows.mask
    for row in shown {
      call.session.host.write(title(row) + "\n")
      let names = tokenNames(row)
      let width = max(5, names.map(\.count).max() ?? 0)
      line("token", "ratio", "advantage", "pull", "", width, .plain)
      for (place, token) in batch.rows.range(row).enumerated() {
        try Interrupt.check("inspect")
        let isSilenced = slopes[token] == 0 && plain[token] != 0
        let pull = plain[token] == 0 ? "-" : number(slopes[token] / plain[token])
        let tone: Tone =
          isSilenced ? .silenced : advantages[token] > 0 ? .good : advantages[token] < 0 ? .bad : .plain
        line(
          names[place], number(ratios[token]), number(advantages[token]), pull,
          isSilenced ? "silenced" : mask[token] ? "" : "masked", width, tone)
      }
    }
    if shown.count < batch.count {
      call.session.host.write("... \(batch.count - shown.count) more sequences\n")
    }
  }

  private func title(_ row: Int) -> String {
    var title = "sequence \(row)"
    if let prompts = batch.texts(.prompt), let texts = batch.texts(.text) {
      title += ": \(Text.quoted(prompts[row])) -> \(Text.quoted(texts[row]))"
    }
    if let reward = batch[.reward]?.element(row) { title += "  reward \(number(reward))" }
    return title
  }

  /// Each token's text, "end", its number where the row is one of raw tokens, or its place.
  private func tokenNames(_ row: Int) -> [String] {
    guard let sequences = batch.sequences else { return (0..<batch.rows.lengths[row]).map { "\($0)" } }
    let tokens = sequences.completions[row]
    let numbers = tokens.map(String.init)
    guard let tokenizer = sequences.tokenizer else { return numbers }
    let text = batch.texts(.text)?[row]
    let isRaw = text == numbers.joined(separator: " ") || text == numbers.dropLast().joined(separator: " ")
    return zip(tokens, numbers).map { token, number in
      token == tokenizer.endToken ? "end" : isRaw ? number : Text.quoted(tokenizer.decode([token]))
    }
  }

  private func number(_ number: Double) -> String { Printing.number(number, digits: 4) }

  /// What a token's line is coloured by.
  private enum Tone: Int {
    case plain = 39
    case good = 32
    case bad = 33
    case silenced = 31
  }

  private func line(
    _ token: String, _ ratio: String, _ advantage: String, _ pull: String, _ mark: String, _ width: Int,
    _ tone: Tone
  ) {
    var text =
      "  " + token.padded(to: width) + ratio.rightAligned(to: 10) + advantage.rightAligned(to: 11)
      + pull.rightAligned(to: 10) + (mark.isEmpty ? "" : "  " + mark)
    if call.session.host.usesColor, tone != .plain { text = "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[39m" }
    call.session.host.draw(text + "\n")
  }
}
