extension ExactTask {
  /// Questions about a small picture given as tokens: `.#/##r2=` is answered by `2`.
  ///
  /// Rows of `#` and `.` stand one after the other with `/` between them. `r2` asks for the marks in row 2, `c1` for
  /// those in column 1, `n` for all.
  static let pictures = TaskCard(
    name: "pictures", summary: "count marks in a row, a column or all of a small picture",
    example: ".#./##./..#r2=2", heldOut: "one in eight pictures with a question",
    build: { parameter in
      let size = parameter(
        "size", 3, symbol: "n", "rows and columns of a picture", source: "chosen here", .integer(1...9))
      return { arguments, call in
        let size = try arguments[size]
        return ExactTask(
          "pictures", call, alphabet: "0123456789.#/rcn=", longestAnswer: "\(size * size)".count
        ) { draws in
          let marks = (0..<size * size).map { _ in draws.integer(in: 0...1) }
          let rows = (0..<size).map { Array(marks[$0 * size..<($0 + 1) * size]) }
          let place = draws.integer(in: 0...size - 1)
          let (question, answer): (String, Int) =
            switch draws.integer(in: 0...2) {
            case 0: ("r\(place + 1)", rows[place].reduce(0, +))
            case 1: ("c\(place + 1)", rows.reduce(0) { $0 + $1[place] })
            default: ("n", marks.reduce(0, +))
            }
          let picture = rows.map { $0.map { $0 == 1 ? "#" : "." }.joined() }.joined(separator: "/")
          return TaskExample(prompt: "\(picture)\(question)=", answer: "\(answer)")
        }
      }
    })
}
