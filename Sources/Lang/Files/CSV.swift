// Files: tables and values as CSV and JSON.

import Engine

/// Tables as comma-separated values (RFC 4180).
enum CSV {
  // MARK: Reading

  /// The cells of a row, and the line of the file it starts on.
  private struct Row {
    let number: Int
    let cells: [String]
  }

  /// The table in `bytes`; errors name `name` and the line.
  static func table(_ bytes: [UInt8], name: String, separator: UInt8, texts: [String]) throws -> Table {
    let lines = try self.lines(bytes, name: name, separator: separator)
    guard let header = lines.first else {
      throw EngineError(.file, "read_csv", "\(name) is empty, expected a line with the names of columns")
    }
    var seen: Set<String> = []
    for cell in header.cells where !seen.insert(cell).inserted {
      throw EngineError(.file, "read_csv", "\(name):\(header.number): the column \"\(cell)\" occurs twice")
    }
    for text in texts where !seen.contains(text) {
      throw EngineError(
        .file, "read_csv", "\(name) has no column \"\(text)\"",
        hint: "it has \(header.cells.joined(separator: ", "))")
    }
    let rows = lines.dropFirst()
    for row in rows where row.cells.count != header.cells.count {
      throw EngineError(
        .file, "read_csv",
        "\(name):\(row.number): \(row.cells.count) \(row.cells.count == 1 ? "cell" : "cells"), expected \(header.cells.count) as in the first line",
        hint: "a cell that holds the separator has to be in quotes")
    }
    return try Table(
      header.cells.enumerated().map { place, column in
        let cells = rows.map { $0.cells[place] }
        return (column, texts.contains(column) ? cells.map { .text($0) } : values(cells))
      })
  }

  /// Numbers where all cells are, else truth values where all are, else texts.
  private static func values(_ cells: [String]) -> [Value] {
    if cells.allSatisfy(\.isEmpty) { return cells.map { _ in .none } }
    if cells.allSatisfy({ $0.isEmpty || NumberText.number($0) != nil }) {
      return cells.map { cell in NumberText.number(cell).map { .number($0) } ?? .none }
    }
    if cells.allSatisfy({ $0.isEmpty || $0 == "true" || $0 == "false" }) {
      return cells.map { $0.isEmpty ? .none : .bool($0 == "true") }
    }
    return cells.map { .text($0) }
  }

  private static func lines(_ bytes: [UInt8], name: String, separator: UInt8) throws -> [Row] {
    let quote = UInt8(ascii: "\"")
    let newline = UInt8(ascii: "\n")
    let carriageReturn = UInt8(ascii: "\r")
    var lines: [Row] = []
    var cells: [String] = []
    var cell: [UInt8] = []
    var number = 1
    var start = 1
    var at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var isBlank = true
    func endLine() {
      cells.append(String(decoding: cell, as: UTF8.self))
      if !isBlank || cells.count > 1 { lines.append(Row(number: start, cells: cells)) }
      (cells, cell, isBlank) = ([], [], true)
    }
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case quote where cell.isEmpty:
        let opened = number
        isBlank = false
        while true {
          guard at < bytes.count else {
            throw EngineError(.file, "read_csv", "\(name):\(opened): a quote is not closed")
          }
          let inner = bytes[at]
          at += 1
          if inner == newline { number += 1 }
          if inner == quote {
            guard at < bytes.count, bytes[at] == quote else { break }
            at += 1
          }
          cell.append(inner)
        }
      case separator:
        cells.append(String(decoding: cell, as: UTF8.self))
        cell = []
      case carriageReturn where at == bytes.count || bytes[at] == newline: continue
      case newline:
        endLine()
        number += 1
        start = number
        if number & 0xFFF == 0 { try Interrupt.check("read_csv") }
      default:
        cell.append(byte)
        isBlank = false
      }
    }
    if !isBlank || !cells.isEmpty { endLine() }
    return lines
  }

  // MARK: Writing

  /// The table as text, the names of its columns first, lines ended by a newline.
  static func text(_ table: Table) throws -> String {
    let table = try plain(table)
    var text = try table.names.map(quoted).joined(separator: ",") + "\n"
    for row in 0..<(table.elementCount ?? 0) {
      if row & 0xFFF == 0 { try Interrupt.check("csv") }
      let line = try table.columns.map { try cell($0[row]) }.joined(separator: ",")
      // A lone empty cell would read as a blank line.
      text += (line.isEmpty ? "\"\"" : line) + "\n"
    }
    return text
  }

  /// The table with several plain columns in the place of one whose values have such.
  private static func plain(_ table: Table) throws -> Table {
    try Table(
      zip(table.names, table.columns).flatMap { name, values -> [(name: String, values: [Value])] in
        let parts = try values.mapInterruptibly("csv") { try $0.as((any PlainFields).self)?.plainFields() }
        guard let fields = parts.lazy.compactMap(\.self).first else { return [(name, values)] }
        return fields.indices.map { place in
          let field = fields[place].name
          return (
            table.names.contains(field) ? "\(name)_\(field)" : field, parts.map { $0?[place].value ?? .none }
          )
        }
      })
  }

  private static func cell(_ value: Value) throws -> String {
    switch value {
    case .none, .missing: return ""
    case .bool(let flag): return flag ? "true" : "false"
    case .number(let number): return Printing.exact(number)
    case .object(let object):
      switch try object.jsonForm() {
      case .text(let text): return try quoted(text)
      case .number(let number): return Printing.exact(number)
      case .items, .fields: return try quoted(JSONText.text(value))
      case .members: return try quoted(object.summary)
      }
    }
  }

  private static func quoted(_ text: String) throws -> String {
    let needsQuotes = text.utf8.contains {
      $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 10 || $0 == 13
    }
    guard needsQuotes || text.first == " " || text.last == " " else { return text }
    return "\"\(try TextSearch.pieces(of: text, between: "\"").joined(separator: "\"\""))\""
  }
}
