import Engine

/// Tables and values as CSV and JSON, in files and texts.
extension TableBuiltins {
  static let files: [Builtin] = [
    Builtin(
      .output, "read_csv",
      "the table in a CSV file whose first line names the columns",
      details: """
        A column whose cells are all numbers or empty holds numbers, with none for empty cells; one of `true` and `false` \
        holds those; any other holds texts. `texts` names columns that stay texts. Cells may be quoted as in RFC 4180.
        """
    ) { parameter in
      let path = parameter("path", .path)
      let separator = parameter.optional("separator", .text, ",")
      let texts = parameter.optional("texts", .texts)
      return { call in
        let path = try call[path]
        let mark = try (call[separator] ?? ",").utf8
        guard let byte = mark.first, mark.count == 1, byte != UInt8(ascii: "\""), byte != 10, byte != 13
        else { throw call.mismatch(separator, "one plain character") }
        let bytes = try FileContents.bytes(path, for: "read_csv")
        return .object(try CSV.table(bytes, name: path, separator: byte, texts: call[texts] ?? []))
      }
    },
    Builtin(
      .output, "csv", "a table as CSV text, quoted as in RFC 4180",
      details:
        "Numbers are written so that they read back the same; none is an empty cell; lists and tensors are written as JSON.",
      examples: ["csv(table({a: [1, 0.1], b: [\"x\", \"y, z\"]}))\n#=> \"a,b\\n1,x\\n0.1,\\\"y, z\\\"\\n\""]
    ) { parameter in
      let table = parameter("table", .table)
      return { call in .text(try CSV.text(call[table])) }
    },
    Builtin(
      .output, "json", "any value as JSON text, for other programs",
      details: """
        Tensors and ragged tensors become nested lists, tables lists of objects, NaN and infinities null. Numbers are \
        as short as reads back the same. Of other objects, their fields; functions become texts.
        """,
      examples: [
        "json({a: [1, 0.1], b: none})\n#=> \"{\\\"a\\\":[1,0.1],\\\"b\\\":null}\"",
        "json([[1, 2], [3]])\n#=> \"[[1,2],[3]]\"",
      ]
    ) { parameter in
      let x = parameter("x", .any)
      return { call in .text(try JSONText.text(call[x])) }
    },
    Builtin(
      .output, "from_json", "the value that a JSON text holds",
      examples: ["from_json(\"{\\\"a\\\": [1, null]}\")\n#=> {a: [1, none]}"]
    ) { parameter in
      let text = parameter("text", .text)
      return { call in
        try JSONText.value(Array(call[text].utf8), name: "the text", operation: "from_json")
      }
    },
    Builtin(.output, "read_text", "the text in a file") { parameter in
      let path = parameter("path", .path)
      return { call in .text(try FileContents.text(call[path], for: "read_text")) }
    },
    Builtin(
      .output, "read_json", "the value in a JSON file",
      details: "`table(read_json(path))` makes a table of a list of objects."
    ) { parameter in
      let path = parameter("path", .path)
      return { call in
        let path = try call[path]
        return try JSONText.value(
          FileContents.bytes(path, for: "read_json"), name: path, operation: "read_json")
      }
    },
    Builtin(
      .output, "read_jsonl", "the table in a file with one JSON object per line",
      details: "Empty lines are left out."
    ) { parameter in
      let path = parameter("path", .path)
      return { call in
        let path = try call[path]
        return .object(
          try JSONText.table(FileContents.bytes(path, for: "read_jsonl"), name: path, operation: "read_jsonl")
        )
      }
    },
  ]
}
