import Engine

// The kinds of arguments that are values of the language itself; objects declare theirs beside their class.

extension Kind where T == Value {
  /// Any value as it is; `.missing` where it was not given.
  static var any: Kind { Kind("a value") { value, _ in value } }
}

extension Kind where T == Callback {
  /// Something that can be called.
  static var function: Kind {
    Kind("a function") { value, call in value.isFunction ? Callback(value, call.interpreter) : nil }
  }
}

extension Kind where T == Double {
  /// A number; `true` counts as 1 and `false` as 0.
  static var number: Kind { Kind("a number") { value, _ in try value.scalar } }
}

extension Kind where T == Int {
  /// A whole number.
  static var integer: Kind { integer(Int.min...Int.max) }

  /// A whole number from 0.
  static var count: Kind { integer(0...Int.max) }

  /// A whole number within a range.
  static func integer(_ range: ClosedRange<Int>) -> Kind {
    let bounds =
      range.upperBound == .max
      ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    return Kind { value in
      guard let number = try? value.scalar else { return "a number" }
      return Int(exactly: number) == nil ? "a whole number" : bounds
    } read: { value, _ in
      guard let number = try value.scalar, let integer = Int(exactly: number) else { return nil }
      return range.contains(integer) ? integer : nil
    }
  }
}

extension Kind where T == Bool {
  /// `true` or `false`.
  static var flag: Kind {
    Kind("true or false") { value, _ in if case .bool(let flag) = value { flag } else { nil } }
  }
}

extension Kind where T == String {
  /// A text.
  static var text: Kind { Kind("a text") { value, _ in value.asText } }

  /// The name of a column of the call's first argument.
  static var columnName: Kind { text.standing(for: .column) }

  /// A file or a folder; a leading `~` is the home folder.
  static var path: Kind {
    Kind("a text") { value, _ in value.asText.map(FileContents.expanded) }.standing(for: .file)
  }
}

extension Kind where T: RawRepresentable<String> & CaseIterable & Sendable {
  /// One of a few words.
  static var choice: Kind {
    let words = T.allCases.map { Text.quoted($0.rawValue) }
    let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    return Kind(expected) { value, _ in value.asText.flatMap(T.init) }
      .standing(for: .words(T.allCases.map(\.rawValue)))
  }
}

extension Kind where T == UInt64 {
  /// A seed: a whole number, or a list of them that is folded into one.
  static var seed: Kind {
    Kind("a whole number or a list of them") { value, _ in
      if case .number(let number) = value { return Int64(exactly: number).map { UInt64(bitPattern: $0) } }
      guard let items = try Iteration.items(value), !items.isEmpty else { return nil }
      var seed: UInt64 = 0
      for item in items {
        guard let part = item.asNumber.flatMap(Int64.init(exactly:)) else { return nil }
        seed = Philox(seed: seed, .script, UInt64(bitPattern: part)).bits(at: UInt64(items.count))
      }
      return seed
    }
  }
}

extension Kind where T == [Value] {
  /// The items of a list, a range, a tensor's first axis or a table's rows.
  static var items: Kind { Kind("a list") { value, _ in try Iteration.items(value) } }
}

extension Kind where T == [String] {
  /// Texts: a list of them, or a single one.
  static var texts: Kind {
    Kind("texts") { value, _ in
      if let text = value.asText { return [text] }
      guard let items = try Iteration.items(value) else { return nil }
      let texts = items.compactMap(\.asText)
      return texts.count == items.count ? texts : nil
    }
  }
}

extension Kind where T == [String] {
  /// Names of columns of the call's first argument.
  static var columnNames: Kind { texts.standing(for: .column) }
}

extension Kind where T == [Int32] {
  /// A list of token numbers.
  static var tokens: Kind {
    Kind("a list of token numbers") { value, _ in
      guard let items = try Iteration.items(value) else { return nil }
      let tokens = items.compactMap { $0.asNumber.flatMap(Int32.init(exactly:)) }
      return tokens.count == items.count ? tokens : nil
    }
  }
}

extension Kind where T == Tensor {
  /// A tensor; numbers and lists of numbers count as tensors.
  static var tensor: Kind { Kind("numbers") { value, _ in try Conversion.tensor(value) } }
}

extension Kind where T == [Tensor] {
  /// A list of tensors.
  static var tensors: Kind {
    Kind("a list of lists of numbers") { value, _ in
      guard let items = try Iteration.items(value) else { return nil }
      let tensors = try items.compactMap(Conversion.tensor)
      return tensors.count == items.count ? tensors : nil
    }
  }
}

extension Kind where T == Record {
  /// A record.
  static var record: Kind { Kind("a record") { value, _ in value.asRecord } }
}

extension Value {
  /// Whether it can be called.
  var isFunction: Bool {
    if case .object(let object) = self { object.signature != nil } else { false }
  }

  /// The number it stands for: itself, a truth value as 0 or 1, the number of a tensor that has one.
  var scalar: Double? {
    get throws {
      switch self {
      case .number(let number): return number
      case .bool(let flag): return flag ? 1 : 0
      case .none, .missing: return nil
      case .object(let object):
        guard let tensor = (object as? TensorObject)?.tensor, tensor.count == 1 else { return nil }
        return try tensor.item()
      }
    }
  }
}
