import Engine

/// Tables and values as CSV and JSON, in files and texts.
extension TableBuiltins {
  static let files: [Builtin] = [
    Builtin(
      .output, "read_csv(path, separator = a comma, texts = none)",
      "the table in a CSV file whose first line names the columns",
      details: """
        A column whose cells are all numbers or empty holds numbers, with none for empty cells; one of `true` and `false` \
        holds those; any other holds texts. `texts` names columns that stay texts. Cells may be quoted as in RFC 4180.
        """
    ) { call in
      let path = try call.text(0)
      let separator = try call.optionalText(1) ?? ","
      guard let byte = separator.utf8.first, separator.utf8.count == 1, byte != UInt8(ascii: "\""),
        byte != 10, byte != 13
      else {
        throw call.failure("`separator` must be one plain character, got \(Text.quoted(separator))")
      }
      let bytes = try FileContents.bytes(path, for: "read_csv")
      return .object(
        try CSV.table(bytes, name: path, separator: byte, texts: call[2].isNone ? [] : call.texts(2)))
    },
    Builtin(
      .output, "csv(table)", "a table as CSV text, quoted as in RFC 4180",
      details:
        "Numbers are written so that they read back the same; none is an empty cell; lists and tensors are written as JSON.",
      examples: ["csv(table({a: [1, 0.1], b: [\"x\", \"y, z\"]}))\n#=> \"a,b\\n1,x\\n0.1,\\\"y, z\\\"\\n\""]
    ) { call in .text(try CSV.text(call.table(0))) },
    Builtin(
      .output, "json(x)", "any value as JSON text, for other programs",
      details: """
        Tensors and ragged tensors become nested lists, tables lists of objects, NaN and infinities null. Numbers are \
        as short as reads back the same. Of other objects, their fields; functions become texts.
        """,
      examples: [
        "json({a: [1, 0.1], b: none})\n#=> \"{\\\"a\\\":[1,0.1],\\\"b\\\":null}\"",
        "json([[1, 2], [3]])\n#=> \"[[1,2],[3]]\"",
      ]
    ) { call in .text(try JSONText.text(call[0])) },
    Builtin(
      .output, "from_json(text)", "the value that a JSON text holds",
      examples: ["from_json(\"{\\\"a\\\": [1, null]}\")\n#=> {a: [1, none]}"]
    ) { call in try JSONText.value(Array(call.text(0).utf8), name: "the text", operation: "from_json") },
    Builtin(
      .output, "read_json(path)", "the value in a JSON file",
      details: "`table(read_json(path))` makes a table of a list of objects."
    ) { call in
      let path = try call.text(0)
      return try JSONText.value(
        FileContents.bytes(path, for: "read_json"), name: path, operation: "read_json")
    },
    Builtin(
      .output, "read_jsonl(path)", "the table in a file with one JSON object a line",
      details: "Empty lines are left out."
    ) { call in
      let path = try call.text(0)
      return .object(
        try JSONText.table(FileContents.bytes(path, for: "read_jsonl"), name: path, operation: "read_jsonl"))
    },
  ]
}
