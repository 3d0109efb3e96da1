import Engine

/// Files as a whole, and folders.
enum FolderBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .output, "append", "adds a line to a file, which is made where there is none",
      details: """
        A text is a line as it is. In a file whose name ends with .jsonl, any value is a line of JSON, and a table is a line for each row; `read_jsonl` reads them. \
        What several programs append at the same time does not mix within a line.
        """,
      examples: ["append(\"step 1\", \"/tmp/rls-example.log\")"], isCommand: true
    ) { parameter in
      let x = parameter("x", .any)
      let path = parameter("path", .path)
      return { call in
        let path = try call[path]
        let lines: [String]
        if path.lowercased().hasSuffix(".jsonl") {
          let rows = try call[x].as((any Tabular).self) == nil ? nil : Iteration.items(call[x])
          lines = try (rows ?? [call[x]]).map(JSONText.text)
        } else {
          guard let text = call[x].asText else {
            throw call.failure(
              "\(call[x].kindWithArticle) is appended to a .jsonl file, got \(Text.quoted(path))",
              help: "write \"... \\(x)\" for a text")
          }
          lines = [text]
        }
        try FileContents.append(lines.map { $0 + "\n" }.joined(), to: path, for: "append")
        return .none
      }
    },
    Builtin(
      .output, "files", "what is in a folder, in order; the names of folders end with a slash",
      examples: ["files(\"/usr\") | filter(name => name == \"bin/\")\n#=> [\"bin/\"]"]
    ) { parameter in
      let folder = parameter("folder", .path, ".")
      return { call in
        let folder = try call[folder]
        return .list(
          try Folder.names(folder, for: "files").map {
            .text($0 + (Folder.isFolder("\(folder)/\($0)") ? "/" : ""))
          })
      }
    },
    Builtin(
      .output, "exists", "whether there is a file or a folder", examples: ["exists(\"/usr\")\n#=> true"]
    ) { parameter in
      let path = parameter("path", .path)
      return { call in .bool(access(try call[path], F_OK) == 0) }
    },
    Builtin(
      .output, "make_folder", "makes a folder, and those above it; one that is there stays as it is",
      examples: ["make_folder(\"/tmp/rls-example/runs\")\nexists(\"/tmp/rls-example/runs\")\n#=> true"]
    ) { parameter in
      let path = parameter("path", .path)
      return { call in
        try Folder.make(call[path], for: "make_folder")
        return .none
      }
    },
    Builtin(
      .output, "remove", "removes one file, or an empty folder",
      examples: [
        "append(\"a\", \"/tmp/rls-example.txt\")\nremove(\"/tmp/rls-example.txt\")\nexists(\"/tmp/rls-example.txt\")\n#=> false"
      ]
    ) { parameter in
      let path = parameter("path", .path)
      return { call in
        try FileContents.remove(call[path], for: "remove")
        return .none
      }
    },
  ]
}
