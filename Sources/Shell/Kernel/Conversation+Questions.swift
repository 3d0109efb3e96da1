import Engine
import Lang

/// What a notebook asks of a conversation beside running code.
extension Conversation {
  /// The content of the answer to a request; nil for one that is not known, or is none.
  func answer(_ kind: String, _ content: JSON) -> JSON? {
    switch kind {
    case "kernel_info_request": return Conversation.information
    case "complete_request": return completion(CodePlace(content))
    case "inspect_request": return inspection(CodePlace(content), showsSource: content["detail_level"] == 1)
    case "is_complete_request": return completeness(content["code"]?.string ?? "")
    case "history_request": return history(content)
    case "comm_info_request": return ["status": "ok", "comms": [:]]
    default: return nil
    }
  }

  /// What the kernel is.
  static let information: JSON = [
    "status": "ok", "protocol_version": "5.3", "implementation": "rls",
    "implementation_version": .string(Session.version),
    "language_info": [
      "name": "rls", "version": .string(Session.version), "mimetype": "text/x-rls", "file_extension": ".rls",
      // Colours of a language whose comments, texts and blocks look much the same.
      "pygments_lexer": "ruby", "codemirror_mode": "ruby",
    ],
    "banner": .string("rls \(Session.version), a shell for reinforcement learning of language models"),
    "help_links": [],
  ]

  /// A place in code, which Jupyter counts in Unicode scalars.
  struct CodePlace {
    let code: String
    /// The place in bytes of UTF-8.
    let offset: Int

    init(_ content: JSON) {
      code = content["code"]?.string ?? ""
      let count = content["cursor_pos"]?.wholeNumber ?? code.unicodeScalars.count
      offset = code.unicodeScalars.prefix(max(count, 0)).reduce(0) { $0 + UTF8.width($1) }
    }

    /// A byte as Jupyter counts.
    func position(_ offset: Int) -> JSON {
      JSON(String(decoding: code.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count)
    }
  }

  /// What the prompt would offer.
  private func completion(_ place: CodePlace) -> JSON {
    let found = SessionCompletion(session).complete(place.code, cursor: place.offset)
    let (start, end) = (place.position(found?.start ?? place.offset), place.position(place.offset))
    let candidates = found?.all ?? []
    return [
      "status": "ok", "matches": .array(candidates.map { .string($0.text) }), "cursor_start": start,
      "cursor_end": end,
      // Where notebooks look for a few words on each.
      "metadata": [
        "_jupyter_types_experimental": .array(
          candidates.map { candidate in
            [
              "start": start, "end": end, "text": .string(candidate.text),
              "type": .string(session.kind(of: candidate.name) ?? ""),
              "signature": .string(candidate.meaning),
            ]
          })
      ],
    ]
  }

  /// Help on the name at a place, or on the function whose arguments stand there.
  private func inspection(_ place: CodePlace, showsSource: Bool) -> JSON {
    let outline = InputOutline(place.code)
    var names: [String] = []
    if case .name(let path, _)? = outline.subject(at: place.offset) { names.append(path) }
    switch CompletionSite(in: place.code, cursor: place.offset).kind {
    case .name(callee: let callee?): names.append(callee)
    case .text(let argument?): names.append(argument.callee)
    default: break
    }
    let texts = names.lazy.compactMap { [session] name -> String? in
      if let own = outline.definition(of: name, at: place.offset) { return own.description }
      return try? showsSource ? Help.source(name, session) : Help.text(name, session)
    }
    guard let text = texts.first else {
      return ["status": "ok", "found": false, "data": [:], "metadata": [:]]
    }
    return ["status": "ok", "found": true, "data": ["text/plain": .string(text)], "metadata": [:]]
  }

  /// Whether Enter would run the code at the prompt.
  private func completeness(_ code: String) -> JSON {
    if let spaces = reader.indentation(after: code, before: "") {
      return ["status": "incomplete", "indent": .string(String(repeating: " ", count: spaces))]
    }
    let isWrong = !InputReader.isMeta(code) && reader.reading(of: code).rejection != nil
    return ["status": isWrong ? "invalid" : "complete"]
  }

  /// Inputs of this session: the latest ones, those of a range of numbers, or those that fit a pattern.
  private func history(_ content: JSON) -> JSON {
    var found = inputs
    switch content["hist_access_type"]?.string {
    case "range":
      let start = content["start"]?.wholeNumber ?? 0
      let stop = content["stop"]?.wholeNumber ?? .max
      found = found.filter { start <= $0.number && $0.number < stop }
    case "search":
      let pattern = content["pattern"]?.string ?? "*"
      found = found.filter { fnmatch(pattern, $0.text, 0) == 0 }
      // The latest of those that are the same.
      var seen: Set<String> = []
      if content["unique"] == true {
        found = found.reversed().filter { seen.insert($0.text).inserted }.reversed()
      }
      fallthrough
    default: found = found.suffix(max(content["n"]?.wholeNumber ?? found.count, 0))
    }
    let hasOutput = content["output"] == true
    return [
      "status": "ok",
      "history": .array(
        found.map { [0, JSON($0.number), hasOutput ? [.string($0.text), .null] : .string($0.text)] }),
    ]
  }

  /// The values of the expressions that a notebook wants with each answer.
  func values(of expressions: JSON?) -> JSON {
    guard case .object(let fields)? = expressions else { return [:] }
    return .object(
      fields.map { field in
        do {
          let value = try value(of: field.value.string ?? "")
          let data = MimeBundle.of(value, host.layout)
          return .init(name: field.name, value: ["status": "ok", "data": data, "metadata": [:]])
        } catch {
          let failure = KernelHost.fields(of: error)
          return .init(name: field.name, value: .object([.init(name: "status", value: "error")] + failure))
        }
      })
  }
}
