import Engine

/// Dates and waiting; a moment is a number, the seconds since 1970 began in Greenwich.
enum TimeBuiltins {
  private static let format = "%Y-%m-%d %H:%M:%S"

  static let all: [Builtin] = [
    Builtin(
      .core, "now", "the time now, in seconds since 1970; `date` writes it, a difference is in seconds",
      examples: ["now() - from_date(\"2026-01-01 00:00:00\") > 0\n#=> true"]
    ) { _ in { _ in .number(Clock.wallTime) } },
    Builtin(
      .core, "date", "a time in seconds since 1970 as a date",
      details: """
        `format` is as in C: `%Y` the year, `%m` the month, `%d` the day, `%H`, `%M`, `%S` hours, minutes and seconds, `%j` the day of the year, `%A` the day of the week. \
        The time is that of the place, or with `utc` of Greenwich.
        """,
      examples: [
        "date(86400 * 365, utc: true)\n#=> \"1971-01-01 00:00:00\"",
        "date(0, \"%d.%m.%y\", utc: true)\n#=> \"01.01.70\"",
      ]
    ) { parameter in
      let seconds = parameter.optional("seconds", .number, words: "now")
      let format = parameter("format", .text, format)
      let utc = parameter("utc", .flag, false)
      return { call in
        let seconds = try call[seconds] ?? Clock.wallTime
        guard var time = time_t(exactly: seconds.rounded(.down)) else {
          throw call.failure("\(Printing.number(seconds)) seconds are no date")
        }
        var fields = tm()
        guard try (call[utc] ? gmtime_r(&time, &fields) : localtime_r(&time, &fields)) != nil else {
          throw call.failure("\(Printing.number(seconds)) seconds are no date")
        }
        // The mark at the end tells an empty date from one that is too long.
        let format = try call[format] + "."
        var text = [CChar](repeating: 0, count: 256 + 16 * format.utf8.count)
        let length = strftime(&text, text.count, format, &fields)
        guard length > 0 else { throw call.failure("the date is too long") }
        return .text(String(decoding: text[..<(length - 1)].map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
    },
    Builtin(
      .core, "from_date", "the seconds since 1970 of a date, as `date` writes it",
      details:
        "`format` has `%Y`, `%y`, `%m`, `%d`, `%H`, `%M`, `%S` and `%%`; everything else stands for itself.",
      examples: [
        "from_date(\"1971-01-01 00:00:00\", utc: true)\n#=> 31536000",
        "(from_date(\"2024-03-01\", \"%Y-%m-%d\") - from_date(\"2024-02-01\", \"%Y-%m-%d\")) / 86400\n#=> 29",
      ]
    ) { parameter in
      let text = parameter("text", .text)
      let format = parameter("format", .text, format)
      let utc = parameter("utc", .flag, false)
      return { call in
        let (text, format) = try (call[text], call[format])
        guard var fields = fields(of: text, format) else {
          throw call.failure("\(Text.quoted(text)) is not a date of the form \(Text.quoted(format))")
        }
        let written = fields
        let seconds = try call[utc] ? timegm(&fields) : mktime(&fields)
        guard fields.tm_mday == written.tm_mday, fields.tm_mon == written.tm_mon else {
          throw call.failure("there is no such day as \(Text.quoted(text))")
        }
        return .number(Double(seconds))
      }
    },
    Builtin(
      .core, "sleep", "waits for some seconds; Ctrl-C ends it", examples: ["sleep(0.01)"]
    ) { parameter in
      let seconds = parameter("seconds", .number)
      return { call in
        let seconds = try call[seconds]
        guard seconds >= 0 else {
          throw call.failure("`seconds` must be at least 0, got \(Printing.number(seconds))")
        }
        let end = Clock.uptime + seconds
        while Clock.uptime < end {
          try Interrupt.check("sleep")
          let left = end - Clock.uptime
          WorkerThread.pause(milliseconds: Int(max(1, min(50, left * 1000))))
        }
        return .none
      }
    },
  ]

  /// The fields of a date that is written as `format` says; nil where it is not.
  private static func fields(of text: String, _ format: String) -> tm? {
    var fields = tm()
    (fields.tm_mday, fields.tm_isdst) = (1, -1)
    var rest = text[...]
    var signs = format.makeIterator()
    func number(_ width: Int, _ range: ClosedRange<Int32>) -> Int32? {
      let digits = rest.prefix(width).prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      return Int32(digits).flatMap { range.contains($0) ? $0 : nil }
    }
    while let sign = signs.next() {
      guard sign == "%" else {
        guard rest.popFirst() == sign else { return nil }
        continue
      }
      switch signs.next() {
      case "Y":
        guard let year = number(4, 0...9999) else { return nil }
        fields.tm_year = year - 1900
      case "y":
        guard let year = number(2, 0...99) else { return nil }
        fields.tm_year = year < 69 ? year + 100 : year
      case "m":
        guard let month = number(2, 1...12) else { return nil }
        fields.tm_mon = month - 1
      case "d":
        guard let day = number(2, 1...31) else { return nil }
        fields.tm_mday = day
      case "H":
        guard let hour = number(2, 0...23) else { return nil }
        fields.tm_hour = hour
      case "M":
        guard let minute = number(2, 0...59) else { return nil }
        fields.tm_min = minute
      case "S":
        guard let second = number(2, 0...60) else { return nil }
        fields.tm_sec = second
      case "%": guard rest.popFirst() == "%" else { return nil }
      default: return nil
      }
    }
    return rest.isEmpty ? fields : nil
  }
}
