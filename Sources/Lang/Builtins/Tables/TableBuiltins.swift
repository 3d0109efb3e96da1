import Engine

/// Tables: made, cut, extended, grouped and summarised.
enum TableBuiltins {
  static let all: [Builtin] = making + columns + grouping + joining + files

  private static let making: [Builtin] = [
    Builtin(
      .tables, "table", "a table of a list of records, or of a record of columns",
      details: """
        A field that a record lacks is none. A column is a list, a range or a tensor, all of one length; any other \
        value stands in every row.
        """,
      examples: [
        "table({tau: [0.95, 1.05], reward: [0.4, 0.5]})\n#=>  tau  reward\n#=> 0.95     0.4\n#=> 1.05     0.5",
        "len(table([{a: 1}, {a: 2, b: 3}]))\n#=> 2",
      ]
    ) { parameter in
      let x = parameter("x", .rows)
      return { call in .object(try call[x]) }
    }
  ]

  private static let columns: [Builtin] = [
    Builtin(
      .tables, "columns", "the names of a table's columns",
      examples: ["columns(table({a: [1], b: [2]}))\n#=> [\"a\", \"b\"]"]
    ) { parameter in
      let table = parameter("table", .tabular)
      return { call in .list(try call[table].columnNames.map { .text($0) }) }
    },
    Builtin(
      .tables, "column", "the values of a column: a tensor where all are numbers, else a list",
      details: "For a name known in advance, `table.name` is the same.",
      examples: ["column(table({a: [1, 2]}), \"a\")\n#=> [1, 2]"]
    ) { parameter in
      let table = parameter("table", .tabular)
      let name = parameter("name", .columnName)
      return { call in Table.packed(try call[table].requiredColumn(call[name])) }
    },
    Builtin(
      .tables, "select", "the table with these columns alone, in this order",
      examples: ["columns(select(table({a: [1], b: [2], c: [3]}), \"c\", \"a\"))\n#=> [\"c\", \"a\"]"]
    ) { parameter in
      let table = parameter("table", .table)
      let names = parameter.rest("names", .names)
      return { call in
        let table = try call[table]
        var seen: Set<String> = []
        return .object(
          try Table(
            call[names].filter { seen.insert($0).inserted }.map { ($0, try table.requiredColumn($0)) }))
      }
    },
    Builtin(
      .tables, "with_column", "the table with a column added or replaced",
      details: "`values` is a list of as many values as rows, one value for all, or a function of a row.",
      examples: [
        "table({a: [1, 2]}) | with_column(\"b\", r => 10 * r.a)\n#=> a   b\n#=> 1  10\n#=> 2  20"
      ]
    ) { parameter in
      let table = parameter("table", .table)
      let name = parameter("name", .columnName)
      let values = parameter("values", .column)
      return { call in
        let table = try call[table]
        let name = try call[name]
        return try Interpreter.bounded(table.with(name, call[values].values(for: table, call)))
      }
    },
    Builtin(
      .tables, "rename", "the table with a column under another name",
      examples: ["columns(rename(table({a: [1], b: [2]}), \"a\", \"x\"))\n#=> [\"x\", \"b\"]"]
    ) { parameter in
      let table = parameter("table", .table)
      let old = parameter("old", .columnName)
      let new = parameter("new", .text)
      return { call in
        let table = try call[table]
        let old = try call[old]
        let new = try call[new]
        _ = try table.requiredColumn(old)
        if old != new, table.names.contains(new) {
          throw call.failure("there is already a column \"\(new)\"")
        }
        return .object(try Table(zip(table.names, table.columns).map { ($0 == old ? new : $0, $1) }))
      }
    },
  ]

  private static let grouping: [Builtin] = [
    Builtin(
      .tables, "group", "the rows with the same values in some columns, as a list of records",
      details:
        "Each record has the columns of `by` and, as `rows`, a table. Groups stand in order of first appearance.",
      examples: [
        "group(table({tau: [1, 2, 1], reward: [3, 4, 5]}), by: \"tau\") | map(g => len(g.rows))\n#=> [2, 1]"
      ]
    ) { parameter in
      let table = parameter("table", .tabular)
      let by = parameter("by", .columnNames)
      return { call in
        let table = try call[table]
        let names = try call[by]
        return try ListBuiltins.bounded(
          RowGroups.groups(table, names).map { key, positions in
            .object(
              Record(zip(names, key).map { ($0, $1) } + [("rows", try table.elements(at: positions))]))
          })
      }
    },
    Builtin(
      .tables, "summarize",
      "the mean of columns with its 95% interval and the number of values, one row per group",
      details: """
        The columns are those of `by`, then `mean`, `ci_low`, `ci_high` and `n`; for several columns each with the \
        column's name before it, as `reward_mean`. Values that are none or not finite are left out and not counted. \
        Without `by` all rows are one group; groups stand in order of first appearance.
        `interval`: "t", mean ± t s / sqrt(n) with the sample's standard deviation s and Student's t for n - 1 degrees \
        of freedom; "bootstrap", the percentiles of the means of 10000 resamples drawn from `seed`; "wilson", that of a share, for columns of 0 and 1; \
        "none", no interval. One value alone has no interval, except a share. With `brief` a column's mean and half of its interval's width are one text.
        """,
      examples: [
        """
        runs = table({tau: [1, 1, 1, 2], reward: [0.1, 0.2, 0.3, 0.5]});
        summarize(runs, "reward", by: "tau")
        #=> tau  mean      ci_low   ci_high  n
        #=>   1   0.2  -0.0484138  0.448414  3
        #=>   2   0.5                        1
        """,
        """
        runs = table({tau: [1, 1, 1, 1], reward: [0.1, 0.2, 0.3, 0.2], kl: [1, 2, 1, 2]});
        summarize(runs, ["reward", "kl"], by: "tau", brief: true)
        #=> tau  reward      reward_n  kl          kl_n
        #=>   1  0.2 ± 0.13         4  1.5 ± 0.92     4
        """,
      ], body: Summary.summarize),
  ]
}

/// What `with_column` puts into the rows of a table.
enum ColumnSource {
  case list([Value])
  case function(ItemFunction)
  case everywhere(Value)

  /// One value for each row.
  func values(for table: Table, _ call: Call) throws -> [Value] {
    let count = table.elementCount ?? 0
    switch self {
    case .function(let function): return try (0..<count).map { try function(.object(table.row($0))) }
    case .everywhere(let value): return [Value](repeating: value, count: count)
    case .list(let values):
      guard values.count == count || table.names.isEmpty else {
        throw call.failure("`values` has \(values.count) values, but the table has \(count) rows")
      }
      return values
    }

  }
}

extension Kind where T == ColumnSource {
  /// A list of as many values as rows, a function of a row, or one value for all.
  static var column: Kind {
    Kind("values") { value, call in
      if let function = try Kind<ItemFunction>.itemFunction.read(value, call) {
        return .function(function)
      }
      return try Table.column(value).map { .list($0) } ?? .everywhere(value)
    }
  }
}

extension Kind where T == Table {
  /// A table, or what makes one: a list of records, a record of columns.
  static var table: Kind {
    Kind("a table") { value, _ in try value.as((any TableConvertible).self)?.table() }
  }

  /// The same, where a table is made of it.
  static var rows: Kind { Kind("a list of records or a record of columns", read: table.read) }
}

extension Kind where T == any Tabular {
  /// Rows with named columns as they are, or what makes a table.
  static var tabular: Kind {
    Kind("a table") { value, call in
      try value.as((any Tabular).self) ?? Kind<Table>.table.read(value, call)
    }
  }
}

/// Rows with equal values in some columns.
enum RowGroups {
  /// The values of the columns and the positions of the rows, by first appearance.
  static func groups(_ table: any Tabular, _ names: [String]) throws -> [(key: [Value], positions: [Int])] {
    let columns = try names.map { try table.requiredColumn($0) }
    let keys = (0..<(table.elementCount ?? 0)).map { row in
      GroupingKey.list(columns.map { GroupingKey($0[row]) })
    }
    return try GroupingKey.groups(keys).map { positions in (columns.map { $0[positions[0]] }, positions) }
  }
}
