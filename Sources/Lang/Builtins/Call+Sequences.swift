import Engine

/// What the builtins for lists, tables and texts share in reading their arguments.
extension Call {
  /// A function of one item.
  ///
  /// A function of several parameters gets the parts of an item that is a list of as many, so that `zip(a, b) | map((x, y) => x + y)` works.
  func itemFunction(_ position: Int) throws -> (Value) throws -> Value {
    let callback = try callback(position)
    let required = requiredCount(callback.function)
    return { item in
      if required > 1, case .object(let object) = item, let list = object as? List,
        list.items.count == required
      {
        return try self.interpreter.call(callback.function, list.items)
      }
      return try callback(item)
    }
  }

  private func requiredCount(_ function: Value) -> Int {
    guard case .object(let object) = function, let signature = object.signature else { return 1 }
    return signature.parameters.reduce(0) { count, parameter in
      if case .required = parameter.kind { count + 1 } else { count }
    }
  }

  /// A function of one item whose value is `true` or `false`.
  func condition(_ position: Int) throws -> (Value) throws -> Bool {
    let function = try itemFunction(position)
    return { item in
      let answer = try function(item)
      if case .bool(let flag) = answer { return flag }
      throw self.failure("the function must give true or false, got \(Printing.brief(answer))")
    }
  }

  /// The rows or items of a sequence, and how to take some of them: a list stays a list, a tensor a tensor,
  /// a text a text and a table a table.
  func sequence(_ position: Int) throws -> ItemSequence {
    let value = self[position]
    if case .object(let object) = value, object is Record {
      throw mismatch(position, "a list, a tensor, a text or a table")
    }
    guard let items = try Iteration.items(value) else {
      throw mismatch(position, "a list, a tensor, a text or a table")
    }
    return ItemSequence(value: value, items: items)
  }

  /// The items of a value and the value they came from.
  struct ItemSequence {
    let value: Value
    let items: [Value]

    /// The items at these positions, as the same kind of value; of a range, as a list.
    func picking(_ positions: [Int]) throws -> Value {
      guard case .object(let object) = value else { return .list([]) }
      switch object {
      case let object as TensorObject: return .tensor(try object.tensor.rows(at: positions))
      case is Text: return .text(positions.compactMap { items[$0].asText }.joined())
      case let table as Table: return .object(try table.picking(positions))
      default: return .list(positions.map { items[$0] })
      }
    }
  }

  /// A position where `offset` may be negative and then counts from the end, kept within `0...count`.
  static func clamped(_ offset: Int, _ count: Int) -> Int {
    min(max(offset < 0 ? offset &+ count : offset, 0), count)
  }

  /// The names in further arguments: texts, or lists of them.
  func names(_ position: Int) throws -> [String] {
    try items(position).flatMap { item -> [String] in
      if let name = item.asText { return [name] }
      guard let list = try Iteration.items(item), !list.isEmpty else {
        throw mismatch(position, "names of columns or fields")
      }
      return try list.map { part in
        guard let name = part.asText else { throw mismatch(position, "names of columns or fields") }
        return name
      }
    }
  }

  /// Further arguments; a list that stands alone is taken apart.
  func spread(_ position: Int) throws -> [Value] {
    let given = try items(position)
    guard given.count == 1, let only = given.first, case .object = only, !only.isText else { return given }
    return try Iteration.items(only) ?? given
  }

  /// A table, or what makes one: a list of records, a record of columns.
  func table(_ position: Int) throws -> Table {
    if case .object(let object) = self[position], let table = object as? Table { return table }
    if let table = try TableMaking.table(self[position]) { return table }
    throw mismatch(position, "a table")
  }
}

extension Kind where T == (Value) throws -> Value {
  /// A function of one item.
  ///
  /// A function of several parameters gets the parts of an item that is a list of as many, so that
  /// `zip(a, b) | map((x, y) => x + y)` works.
  static var itemFunction: Kind {
    Kind("a function") { value, call in
      guard let function = try Kind<Callback>.function.read(value, call) else { return nil }
      let required = function.requiredCount
      guard required > 1 else { return { item in try function(item) } }
      return { item in
        if case .object(let object) = item, let list = object as? List, list.items.count == required {
          return try function(list.items)
        }
        return try function(item)
      }
    }
  }
}

extension Kind where T == (Value) throws -> Bool {
  /// A function of one item whose value is `true` or `false`.
  static var condition: Kind {
    Kind("a function") { value, call in
      guard let function = try Kind<(Value) throws -> Value>.itemFunction.read(value, call) else {
        return nil
      }
      return { item in
        let answer = try function(item)
        if case .bool(let flag) = answer { return flag }
        throw call.failure("the function must give true or false, got \(Printing.brief(answer))")
      }
    }
  }
}

extension Kind where T == Call.ItemSequence {
  /// The rows or items of a sequence, and how to take some of them: a list stays a list, a tensor a tensor,
  /// a text a text and a table a table.
  static var sequence: Kind {
    Kind("a list, a tensor, a text or a table") { value, _ in
      if value.asRecord != nil { return nil }
      return try Iteration.items(value).map { Call.ItemSequence(value: value, items: $0) }
    }
  }
}

extension Kind where T == [String] {
  /// The names in further arguments: texts, or lists of them.
  static var names: Kind {
    Kind("names of columns or fields") { value, call in
      var names: [String] = []
      for item in try Iteration.items(value) ?? [] {
        guard let more = try texts.read(item, call), item.isText || !more.isEmpty else { return nil }
        names += more
      }
      return names
    }
  }
}
