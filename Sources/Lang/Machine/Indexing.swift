import Engine

/// Elements and fields of values, read and replaced.
enum Indexing {
  // MARK: Elements

  /// `whole[index]` into a register.
  @inline(__always)
  static func element(
    _ whole: UnsafeMutablePointer<Value>, _ index: UnsafeMutablePointer<Value>,
    into a: UnsafeMutablePointer<Value>
  ) throws {
    if case .number(let number) = index.pointee, let position = number.natural,
      ValueLayout.has(.list, whole),
      let place = ValueLayout.object(whole, as: List.self)._withUnsafeGuaranteedRef({ $0.place(position) })
    {
      return a.copy(place)
    }
    a.pointee = try element(whole.pointee, index.pointee)
  }

  /// `whole[index]`: a position, a range of positions, a list of positions, a mask, or a field's name.
  static func element(_ whole: Value, _ index: Value) throws -> Value {
    guard case .object(let object) = whole else {
      throw RuntimeError("\(whole.kindWithArticle) has no elements")
    }
    switch index {
    case .number(let number):
      if object.role == .list {
        let items = unsafeDowncast(object, to: List.self).items
        return items[try position(number, items.count, "list")]
      }
      let (indexable, count) = try indexable(object)
      return try indexable.element(at: try position(number, count, object.kind))
    case .object(let selector):
      if let name = (selector as? Text)?.string { return try field(whole, .text(name)) }
      let (indexable, count) = try indexable(object)
      return try indexable.elements(at: try positions(index, count))
    case .none, .missing: throw RuntimeError("an index must be a number, got none")
    case .bool:
      throw RuntimeError(
        "an index must be a number, got a bool",
        help: "write `filter(x, item => ...)` for a condition on each item")
    }
  }

  /// `whole[i, j]`: one index after the other, each on the first axis of what the one before gave.
  static func element(_ whole: Value, at indices: Value) throws -> Value {
    guard case .object(let object) = indices, let list = object as? List else { return .none }
    if case .object(let object) = whole, let tensor = (object as? TensorObject)?.tensor,
      tensor.shape.tokenRows == nil,
      case .object? = list.items.first, let first = list.items.first
    {
      // Rows first, then the same columns of each.
      let rows = try tensor.rows(at: try positions(first, tensor.rowCount ?? 0))
      let rest = List(Array(list.items.dropFirst()))
      let parts = try (0..<(rows.rowCount ?? 0)).map {
        try Conversion.tensor(element(.tensor(rows.row(at: $0)), at: .object(rest))) ?? Tensor(0)
      }
      return .tensor(try Tensor.stack(parts))
    }
    var value = whole
    for index in list.items { value = try element(value, index) }
    return value
  }

  private static func indexable(_ object: Object) throws -> (any Indexable, count: Int) {
    guard let indexable = object as? any Indexable, let count = object.elementCount else {
      throw RuntimeError("\(Value.object(object).kindWithArticle) has no elements")
    }
    return (indexable, count)
  }

  /// A position from a number; negative ones count from the end.
  static func position(_ number: Double, _ count: Int, _ kind: String) throws -> Int {
    guard let index = Int(exactly: number) else {
      throw RuntimeError("an index must be a whole number, got \(Printing.number(number))")
    }
    let position = index < 0 ? index &+ count : index
    guard position >= 0, position < count else {
      throw RuntimeError(
        count == 0 ? "index \(index) into an empty \(kind)" : "index \(index) is outside 0..\(count - 1)",
        help: index == count && count > 0 ? "positions start at 0; the last one is \(count - 1), or -1" : nil)
    }
    return position
  }

  private static func positions(_ index: Value, _ count: Int) throws -> [Int] {
    guard case .object(let object) = index else { return [] }
    if let range = object as? RangeToEnd { return try Array(range.start(count)..<count) }
    if let tensor = (object as? TensorObject)?.tensor, tensor.count == count,
      tensor.values.allSatisfy({ $0 == 0 || $0 == 1 })
    {
      return tensor.values.enumerated().compactMap { $1 == 1 ? $0 : nil }
    }
    guard let items = try Iteration.items(index) else {
      throw RuntimeError("an index must be a number, a range or a list, got \(index.kindWithArticle)")
    }
    if items.count == count, count > 0, items.allSatisfy({ if case .bool = $0 { true } else { false } }) {
      return items.enumerated().compactMap { if case .bool(true) = $1 { $0 } else { nil } }
    }
    return try items.map { item in
      guard case .number(let number) = item else {
        throw RuntimeError("an index must be a number, got \(item.kindWithArticle)")
      }
      return try position(number, count, "sequence")
    }
  }

  // MARK: Fields

  /// `whole.name` into a register; `cache` knows where records like the last one have the field.
  @inline(__always)
  static func field(
    _ whole: UnsafeMutablePointer<Value>, _ name: UnsafeMutablePointer<Value>,
    _ cache: UnsafeMutablePointer<FieldCache>, into a: UnsafeMutablePointer<Value>
  ) throws {
    if ValueLayout.has(.record, whole),
      let place = ValueLayout.object(whole, as: Record.self)._withUnsafeGuaranteedRef({ record in
        cache.pointee.position(record.identifier).map { record.place($0) }
      })
    {
      return a.copy(place)
    }
    a.pointee = try field(whole.pointee, name.pointee, cache)
  }

  @inline(never)
  private static func field(_ whole: Value, _ name: Value, _ cache: UnsafeMutablePointer<FieldCache>) throws
    -> Value
  {
    remember(name, whole, cache)
    return try field(whole, name)
  }

  /// Notes where a record has a field, if it is a record and has it.
  private static func remember(_ name: Value, _ whole: Value, _ cache: UnsafeMutablePointer<FieldCache>) {
    guard let record = whole.asRecord, let name = name.asText, let position = record.keys.position(of: name)
    else { return }
    cache.pointee.remember(position, record.identifier)
  }

  /// `whole.name`.
  static func field(_ whole: Value, _ name: Value) throws -> Value {
    guard case .object(let key) = name else { return .none }
    if case .object(let object) = whole, object.role == .record {
      let record = unsafeDowncast(object, to: Record.self)
      if let position = record.keys.position(of: unsafeDowncast(key, to: Text.self).string) {
        return record.place(position).pointee
      }
    }
    guard let name = (key as? Text)?.string else { return .none }
    guard case .object(let object) = whole else {
      throw RuntimeError(
        whole.isMissing
          ? "a value that was not given has no fields" : "\(whole.kindWithArticle) has no field `\(name)`")
    }
    if let value = try object.member(name) { return value }
    let names = object.memberNames
    let nearest = Suggestion.nearest(to: name, among: names).map { "did you mean `.\($0)`?" }
    let known = names.isEmpty || names.count > 20 ? nil : "it has \(names.joined(separator: ", "))"
    throw RuntimeError(
      "\(Value.object(object).kindWithArticle) has no field `\(name)`", help: nearest ?? known)
  }

  // MARK: What may be missing

  /// `whole.name`, or none where `whole` is none or has no such field.
  static func fieldOrNone(_ whole: Value, _ name: Value) throws -> Value {
    guard case .object(let object) = whole, let name = name.asText else { return .none }
    return try object.member(name) ?? .none
  }

  /// `whole[index]`, or none where `whole` is none or has no such element or field.
  static func elementOrNone(_ whole: Value, _ index: Value) throws -> Value {
    guard case .object(let object) = whole else { return .none }
    if index.asText != nil { return try fieldOrNone(whole, index) }
    if case .number(let number) = index, let count = object.elementCount, let position = Int(exactly: number),
      !(-count..<count).contains(position)
    {
      return .none
    }
    return try element(whole, index)
  }

  // MARK: Replacing

  /// Replaces an element of the list where it is when nobody else has it, else in a copy.
  @inline(__always)
  static func set(
    _ place: UnsafeMutablePointer<Value>, at index: UnsafeMutablePointer<Value>,
    to value: UnsafeMutablePointer<Value>
  ) throws {
    if case .number(let number) = index.pointee, let position = number.natural,
      ValueLayout.has(.list, place), ValueLayout.isUnique(place, besides: value),
      ValueLayout.object(place, as: List.self)._withUnsafeGuaranteedRef({ list in
        fits(value, in: list) && list.replaceItem(position, with: value)
      })
    {
      return
    }
    place.pointee = try setting(place.pointee, at: index.pointee, to: value.pointee)
  }

  /// Replaces a field of the record where it is when nobody else has it, else in a copy.
  @inline(__always)
  static func set(
    _ place: UnsafeMutablePointer<Value>, field name: UnsafeMutablePointer<Value>,
    _ cache: UnsafeMutablePointer<FieldCache>, to value: UnsafeMutablePointer<Value>
  ) throws {
    if ValueLayout.has(.record, place), ValueLayout.isUnique(place, besides: value),
      ValueLayout.object(place, as: Record.self)._withUnsafeGuaranteedRef({ record in
        guard let position = cache.pointee.position(record.identifier), fits(value, in: record)
        else { return false }
        record.replace(record.place(position), with: value)
        return true
      })
    {
      return
    }
    place.pointee = try setting(place.pointee, field: name.pointee, to: value.pointee)
    remember(name.pointee, place.pointee, cache)
  }

  /// Whether a value can take the place of any part of `container` within the bounds of nesting and weight.
  @inline(__always)
  private static func fits(_ value: UnsafeMutablePointer<Value>, in container: Object) -> Bool {
    guard case .object = value.pointee else { return true }
    return value.pointee.nesting < Object.maximumNesting
      && Object.permits(container.weight &+ value.pointee.weight)
  }

  /// The value with one element replaced.
  static func setting(_ whole: Value, at index: Value, to value: Value) throws -> Value {
    guard case .object(let object) = whole else {
      throw RuntimeError("\(whole.kindWithArticle) has no elements")
    }
    if let name = index.asText { return try setting(whole, field: .text(name), to: value) }
    guard let replaceable = object as? any ElementReplacing else {
      throw RuntimeError("elements of \(whole.kindWithArticle) cannot be set")
    }
    return try Interpreter.bounded(replaceable.replacing(at: index, with: value))
  }

  /// The value with one field added or replaced.
  static func setting(_ whole: Value, field name: Value, to value: Value) throws -> Value {
    guard let name = name.asText else { return whole }
    guard case .object(let object) = whole else {
      throw RuntimeError("\(whole.kindWithArticle) has no fields")
    }
    guard let replaceable = object as? any FieldReplacing else {
      throw RuntimeError("fields of \(whole.kindWithArticle) cannot be set")
    }
    return try Interpreter.bounded(replaceable.replacing(name, with: value))
  }

  /// Adds to a list where it is when nobody else has it, else to a copy.
  @inline(__always)
  static func append(_ item: UnsafeMutablePointer<Value>, to place: UnsafeMutablePointer<Value>) throws {
    if ValueLayout.has(.list, place), ValueLayout.isUnique(place, besides: item),
      ValueLayout.object(place, as: List.self)._withUnsafeGuaranteedRef({ list in
        guard Object.permits(list.weight &+ 1), fits(item, in: list) else { return false }
        list.append(item)
        return true
      })
    {
      return
    }
    place.pointee = try appending(item.pointee, to: place.pointee)
  }

  /// A list with an item added.
  static func appending(_ item: Value, to list: Value) throws -> Value {
    guard let items = try Iteration.items(list) else {
      throw RuntimeError("push: `list` must be a list, got \(Printing.brief(list))")
    }
    return try Interpreter.bounded(List(items + [item]))
  }
}

extension Value {
  /// The text it is, if it is one.
  public var asText: String? {
    self.as(Text.self)?.string
  }

  /// The number it is, if it is one.
  public var asNumber: Double? {
    if case .number(let number) = self { return number }
    return nil
  }
}
