import Engine

/// Tables in another shape, and two tables made one.
extension TableBuiltins {
  static let joining: [Builtin] = [
    Builtin(
      .tables, "pivot",
      "a table with one row for each value of one column, and one column for each value of another",
      details: """
        The cells are the values of the column `values`; where several rows meet, their mean, and where none does, none. Rows and columns stand in order of \
        first appearance.
        """,
      examples: [
        "pivot(table({tau: [1, 1, 2], seed: [1, 2, 1], reward: [0.1, 0.2, 0.3]}), \"tau\", \"seed\", \"reward\")\n#=> tau    1    2\n#=>   1  0.1  0.2\n#=>   2  0.3"
      ]
    ) { parameter in
      let table = parameter("table", .tabular)
      let rows = parameter("rows", .columnNames)
      let columns = parameter("columns", .columnName)
      let values = parameter("values", .columnName)
      return { call in
        let table = try call[table]
        let rows = try call[rows]
        let values = try table.requiredColumn(call[values])
        let across = try RowGroups.groups(table, [call[columns]])
        let names = across.map { Printing.text($0.key[0]) }
        if let name = names.first(where: rows.contains) {
          throw call.failure("a value of `columns` is called \"\(name)\", as a column of `rows` is")
        }
        var places: [Int: Int] = [:]
        for (place, group) in across.enumerated() { for row in group.positions { places[row] = place } }
        let records = try RowGroups.groups(table, rows).map { key, positions in
          var cells = [[Value]](repeating: [], count: names.count)
          for row in positions { if let place = places[row] { cells[place].append(values[row]) } }
          return Record(
            zip(rows, key).map { ($0, $1) }
              + zip(names, try cells.map { try mean($0, call) }).map { ($0, $1) })
        }
        return try Interpreter.bounded(Table(rows: records))
      }
    },
    Builtin(
      .tables, "join_tables", "the rows of two tables that agree in some columns, put together",
      details: """
        `how`: "inner", the pairs of rows that agree in the columns `by`; "left", also the rows of the first table that have no partner, with none in the columns of the \
        second. Pairs stand in the order of the first table, then of the second. A column that both have besides `by` has `_2` added to its name in the \
        second.
        """,
      examples: [
        "join_tables(table({seed: [1, 2], a: [5, 6]}), table({seed: [2, 1], b: [7, 8]}), by: \"seed\")\n#=> seed  a  b\n#=>    1  5  8\n#=>    2  6  7"
      ]
    ) { parameter in
      let first = parameter("first", .table)
      let second = parameter("second", .table)
      let by = parameter("by", .columnNames)
      let how = parameter("how", Kind<TableJoin>.choice, .inner)
      return { call in
        let (first, second, by) = try (call[first], call[second], call[by])
        func keys(_ table: Table) throws -> [GroupingKey] {
          let columns = try by.map { try table.requiredColumn($0) }
          return try (0..<(table.elementCount ?? 0)).mapInterruptibly("join_tables") { row in
            .list(columns.map { GroupingKey($0[row]) })
          }
        }
        var partners: [GroupingKey: [Int]] = [:]
        try keys(second).enumerated().forEachInterruptibly("join_tables") { row, key in
          partners[key, default: []].append(row)
        }
        var pairs: [(Int, Int?)] = []
        try keys(first).enumerated().forEachInterruptibly("join_tables") { row, key in
          let found = partners[key] ?? []
          pairs += found.map { (row, $0) }
          if found.isEmpty, try call[how] == .left { pairs.append((row, nil)) }
          guard pairs.count <= Object.maximumWeight else {
            throw call.failure("the result has too many rows")
          }
        }
        let own = try zip(first.names, first.columns).map { name, values in
          (name: name, values: try pairs.mapInterruptibly("join_tables") { values[$0.0] })
        }
        let others = try zip(second.names, second.columns).filter { !by.contains($0.0) }.map { name, values in
          (
            name: first.names.contains(name) ? name + "_2" : name,
            values: try pairs.mapInterruptibly("join_tables") { pair in pair.1.map { values[$0] } ?? .none }
          )
        }
        return try Interpreter.bounded(Table(own + others))
      }
    },
  ]

  private enum TableJoin: String, CaseIterable { case inner, left }

  /// The value of a cell in which these meet.
  private static func mean(_ values: [Value], _ call: Call) throws -> Value {
    if values.count < 2 { return values.first ?? .none }
    let numbers = values.compactMap(\.asNumber).filter(\.isFinite)
    if numbers.isEmpty {
      throw call.failure(
        "\(values.count) rows meet in one cell, and they are no numbers", help: "name more columns in `rows`")
    }
    return .number(numbers.reduce(0, +) / Double(numbers.count))
  }
}
