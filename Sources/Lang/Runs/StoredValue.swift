import Engine

/// Values in a folder: a JSON text, with models and batches in files beside it.
///
/// Numbers, texts, lists and records look as they do in JSON. What JSON has no word for is an object with the field
/// `$`, which says what it is. Numbers that are not finite are the texts "NaN", "Infinity" and "-Infinity".
final class StoredValue {
  /// The folder that the files go to.
  let folder: String
  private var names: Set<String> = []
  /// Where in the value it is, which names the files: `policy`, `critic`.
  private var path: [String] = []

  /// The parts that were left out, where parts may be.
  private(set) var leftOut: [String]?

  /// Writes to `folder`, which exists; what cannot be written down, such as a function, is an error, or left out.
  init(_ folder: String, leavesOut: Bool = false) {
    self.folder = folder
    leftOut = leavesOut ? [] : nil
  }

  /// Writes the files of a value to `folder`, which exists, and gives the JSON that stands for it.
  ///
  /// Throws where a part cannot be written down, such as a function.
  static func write(_ value: Value, in folder: String) throws -> JSON { try StoredValue(folder).json(value) }

  /// The value that a JSON text and the files in `folder` stand for.
  static func read(_ json: JSON, in folder: String) throws -> Value {
    switch json {
    case .null: return .none
    case .bool(let flag): return .bool(flag)
    case .number(let number): return .number(number)
    case .string(let text): return number(text).map { .number($0) } ?? .text(text)
    case .array(let items): return .list(try items.map { try read($0, in: folder) })
    case .object(let fields):
      if let kind = json["$"]?.string {
        guard let reader = readers[kind] else {
          throw RuntimeError(
            "\(folder) holds a value of the kind \(Text.quoted(kind)), which this rls does not know")
        }
        return try reader(json, folder)
      }
      return .object(Record(try fields.map { ($0.name, try read($0.value, in: folder)) }))
    }
  }

  /// A number; one that is not finite as a text.
  static func json(_ number: Double) -> JSON {
    number.isFinite ? .number(number) : .string(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")
  }

  private static func number(_ text: String) -> Double? {
    switch text {
    case "NaN": .nan
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    default: nil
    }
  }

  /// A cell of a row of the log: as in a folder, or in a few words where it needs files of its own.
  static func row(_ value: Value) throws -> JSON {
    switch value {
    case .object(let object)
    where !(object is Text || object is List || object is Record || object is TensorObject):
      .string(object.summary)
    default: try StoredValue("").json(value)
    }
  }

  // MARK: Writing

  /// The JSON that stands for a value, whose files are written.
  func json(_ value: Value) throws -> JSON {
    switch value {
    case .none, .missing: return .null
    case .bool(let flag): return .bool(flag)
    case .number(let number): return StoredValue.json(number)
    case .object(let object):
      guard let storable = object as? any Storable else {
        if leftOut != nil {
          leftOut?.append(path.isEmpty ? object.kind : path.joined(separator: "."))
          return .null
        }
        throw RuntimeError(
          "\(value.kindWithArticle)\(path.isEmpty ? "" : " (`\(path.joined(separator: "."))`)") cannot be kept in a folder",
          help: "numbers, texts, lists, records, tables, tensors, batches, policies and critics can")
      }
      return try storable.stored(self)
    }
  }

  fileprivate func json(_ value: Value, at name: String) throws -> JSON {
    path.append(name)
    defer { path.removeLast() }
    return try json(value)
  }

  /// A name for a file or a folder that nothing else in the folder has.
  fileprivate func fileName(_ kind: String) -> String {
    let wanted = path.isEmpty ? kind : path.joined(separator: ".")
    let safe = String(
      wanted.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") ? $0 : "_" })
    let base = safe.hasPrefix(".") ? "_\(safe)" : safe
    var name = base
    var count = 1
    while !names.insert(name).inserted {
      count += 1
      name = "\(base)-\(count)"
    }
    return name
  }

  // MARK: Reading

  private typealias Reader = @Sendable (JSON, String) throws -> Value

  private static let readers: [String: Reader] = [
    "text": { json, _ in .text(json["text"]?.string ?? "") },
    "record": { json, folder in
      guard case .array(let fields)? = json["fields"] else { throw damaged(folder) }
      return .object(
        Record(
          try fields.map { field in
            guard let name = field["name"]?.string, let value = field["value"] else { throw damaged(folder) }
            return (name, try read(value, in: folder))
          }))
    },
    "range": { json, folder in
      guard case .number(let low)? = json["from"], case .number(let count)? = json["count"] else {
        throw damaged(folder)
      }
      return .object(try NumberRange(low: low, high: low + count, closed: false))
    },
    "tensor": { json, folder in
      guard case .array(let values)? = json["values"], case .array(let shape)? = json["shape"] else {
        guard let rows = json["rows"] else { throw damaged(folder) }
        return .object(TensorObject(try Tensor(rows: numberLists(rows, folder))))
      }
      let extents = try numbers(.array(shape), folder).compactMap { Int(exactly: $0) }
      let tensor = try Tensor(numbers(.array(values), folder))
      return .object(TensorObject(try tensor.reshaped(extents)))
    },
    "table": { json, folder in
      guard case .array(let columns)? = json["columns"] else { throw damaged(folder) }
      return .object(
        try Table(
          columns.map { column in
            guard let name = column["name"]?.string, case .array(let cells)? = column["cells"] else {
              throw damaged(folder)
            }
            return (name, try cells.map { try read($0, in: folder) })
          }))
    },
    "policy": { json, folder in try model(json, folder) },
    "critic": { json, folder in try model(json, folder) },
    "batch": { json, folder in .object(BatchObject(try RolloutFile.read(file(json, folder)))) },
    "run": { json, folder in
      let path = try file(json, folder)
      return .object(try StoredRun.finished(json, in: path) ?? RunFolder.load(path))
    },
  ]

  private static func model(_ json: JSON, _ folder: String) throws -> Value {
    switch try SavedModel.load(file(json, folder)) {
    case .policy(let policy): .object(PolicyObject(policy))
    case .scalar(let model): .object(ScalarModelObject(model))
    }
  }

  private static func file(_ json: JSON, _ folder: String) throws -> String {
    guard let name = json["file"]?.string, !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
      throw damaged(folder)
    }
    return "\(folder)/\(name)"
  }

  private static func numbers(_ json: JSON, _ folder: String) throws -> [Double] {
    guard case .array(let items) = json else { throw damaged(folder) }
    return try items.map {
      guard let number = try read($0, in: folder).asNumber else { throw damaged(folder) }
      return number
    }
  }

  private static func numberLists(_ json: JSON, _ folder: String) throws -> [[Double]] {
    guard case .array(let rows) = json else { throw damaged(folder) }
    return try rows.map { try numbers($0, folder) }
  }

  private static func damaged(_ folder: String) -> RuntimeError {
    RuntimeError("\(folder): the files have been changed, a value in them makes no sense")
  }
}

/// Values that a folder can keep.
protocol Storable: Object {
  /// The JSON that stands for the value; what does not fit there goes to files of `values`.
  func stored(_ values: StoredValue) throws -> JSON
}

extension Text: Storable {
  func stored(_ values: StoredValue) -> JSON {
    ["NaN", "Infinity", "-Infinity"].contains(string)
      ? ["$": "text", "text": .string(string)] : .string(string)
  }
}

extension List: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    .array(try items.enumerated().map { try values.json($1, at: "\($0)") })
  }
}

extension Record: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    let stored = try fields.map { JSON.Field(name: $0.name, value: try values.json($0.value, at: $0.name)) }
    if self["$"] == nil { return .object(stored) }
    return [
      "$": "record",
      "fields": .array(stored.map { ["name": .string($0.name), "value": $0.value] }),
    ]
  }
}

extension NumberRange: Storable {
  func stored(_ values: StoredValue) -> JSON {
    ["$": "range", "from": .number(low), "count": JSON(count)]
  }
}

extension TensorObject: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    if tensor.shape.tokenRows != nil {
      return ["$": "tensor", "rows": .array(tensor.rowValues.map { .array($0.map(StoredValue.json)) })]
    }
    return [
      "$": "tensor", "shape": .array(tensor.shape.dims.map { JSON($0) }),
      "values": .array(tensor.values.map(StoredValue.json)),
    ]
  }
}

extension Table: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    let columns = try zip(names, columns).map { name, cells -> JSON in
      [
        "name": .string(name),
        "cells": .array(try cells.enumerated().map { try values.json($1, at: "\(name)_\($0)") }),
      ]
    }
    return ["$": "table", "columns": .array(columns)]
  }
}

extension PolicyObject: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    let name = values.fileName("policy")
    try policy.write(into: "\(values.folder)/\(name)")
    return ["$": "policy", "file": .string(name), "fingerprint": .string(policy.fingerprintDigits)]
  }
}

extension ScalarModelObject: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    let name = values.fileName("critic")
    try model.write(into: "\(values.folder)/\(name)")
    return ["$": "critic", "file": .string(name), "fingerprint": .string(model.fingerprintDigits)]
  }
}

extension RunObject: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    var name = folder.flatMap { Folder.name($0, in: values.folder) }
    if name == nil {
      let new = values.fileName("run-copy")
      Folder.remove("\(values.folder)/\(new)")
      try RunFolder.write(self, to: "\(values.folder)/\(new)")
      name = new
    }
    // One that was stopped is read as it is by then.
    let isFinished = try StoredRun("\(values.folder)/\(name ?? "")").state == "finished"
    return .object(
      [.init(name: "$", value: "run"), .init(name: "file", value: .string(name ?? ""))]
        + (isFinished ? try results() : []))
  }
}

extension BatchObject: Storable {
  func stored(_ values: StoredValue) throws -> JSON {
    let name = values.fileName("batch") + ".jsonl"
    try FileContents.write(
      RolloutFile.text(batch), to: "\(values.folder)/\(name)", for: "store", isInterruptible: false)
    return ["$": "batch", "file": .string(name)]
  }
}
