/// How a number of a safetensors file is stored; the types a policy may have.
enum SafetensorsType: String, CaseIterable {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"

  /// Bytes of a number.
  var size: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    }
  }

  /// What configurations call it.
  var name: String {
    switch self {
    case .float32: "float32"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    }
  }

  /// The 16 bits of a number in one of the two short types.
  func half(_ number: Float) -> UInt16 {
    self == .float16 ? Float16(number).bitPattern : UInt16(truncatingIfNeeded: number.bitPattern >> 16)
  }

  /// Whether the type holds a number bit for bit.
  private func holds(_ number: Float) -> Bool {
    switch self {
    case .float32: true
    case .float16: Float(Float16(number)).bitPattern == number.bitPattern
    case .bfloat16: number.bitPattern & 0xFFFF == 0
    }
  }

  /// The shortest type that holds all numbers of a row bit for bit: bfloat16, then float16, then float32.
  ///
  /// Each type is tried up to the first number that it does not hold. Weights that were trained fail within a few.
  static func holding(_ numbers: FloatView) -> SafetensorsType {
    let row = numbers.at(0)
    func holds(_ type: SafetensorsType) -> Bool { (0..<numbers.columns).allSatisfy { type.holds(row[$0]) } }
    return holds(.bfloat16) ? .bfloat16 : holds(.float16) ? .float16 : .float32
  }
}

/// A tensor of a safetensors file.
struct SafetensorsEntry {
  let name: String
  let type: SafetensorsType
  let shape: [Int]
  /// Where its bytes lie in the file.
  let bytes: Range<Int>
}

/// The header of a safetensors file, held against every rule of the format and the size of the file.
///
/// The rules are those of the reference implementation (github.com/huggingface/safetensors): the header's
/// length, its text, every type, shape and pair of offsets, and that the tensors follow one another without
/// gap or overlap to the very end. Beyond them: types a policy cannot have are refused, and so are headers
/// that no policy needs.
struct SafetensorsHeader {
  /// The tensors, in the order of their bytes.
  let entries: [SafetensorsEntry]

  /// The longest header that is read; the format allows 100 MB, a policy of the most layers needs 13.
  static let longest = 1 << 24

  init(_ file: InputFile) throws(EngineError) {
    guard file.size >= 8 else {
      throw file.failure(
        "has \(file.size) bytes, but a safetensors file begins with 8 that give its header's length")
    }
    let length = try file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(file.size - 8) else {
      throw file.failure("gives its header \(length) bytes, but only \(file.size - 8) follow")
    }
    guard length <= UInt64(SafetensorsHeader.longest) else {
      throw file.failure(
        "has a header of \(length) bytes, more than the \(SafetensorsHeader.longest) that are read")
    }
    let text = try file.bytes(8..<8 + Int(length))
    guard text.first == UInt8(ascii: "{") else { throw file.failure("its header does not begin with '{'") }
    guard case .object(let fields) = try JSONFields.parse(text, file) else {
      throw file.failure("its header is no object")
    }
    var entries: [SafetensorsEntry] = []
    for field in fields {
      if field.name == "__metadata__" {
        try SafetensorsHeader.check(metadata: field.value, file)
      } else {
        entries.append(try SafetensorsEntry(field, dataAt: 8 + Int(length), file))
      }
    }
    entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    var end = 8 + Int(length)
    for entry in entries {
      guard entry.bytes.lowerBound == end else {
        throw file.failure(
          "\"\(entry.name)\" begins at byte \(entry.bytes.lowerBound), but byte \(end) is the next free one",
          hint: "tensors have to follow one another without gap or overlap")
      }
      end = entry.bytes.upperBound
    }
    guard end == file.size else {
      throw file.failure("has \(file.size) bytes, but its tensors end at byte \(end)")
    }
    self.entries = entries
  }

  private static func check(metadata: JSON, _ file: InputFile) throws(EngineError) {
    guard case .object(let fields) = metadata, fields.allSatisfy({ $0.value.string != nil }) else {
      throw file.failure("its `__metadata__` is no object of texts")
    }
  }
}

extension SafetensorsEntry {
  /// The entry that `field` of a header describes, in a file whose tensors begin at byte `start`.
  fileprivate init(_ field: JSON.Field, dataAt start: Int, _ file: InputFile) throws(EngineError) {
    func failure(_ message: String) -> EngineError { file.failure("\"\(field.name)\" \(message)") }
    guard let typeName = field.value["dtype"]?.string else { throw failure("has no dtype") }
    guard let type = SafetensorsType(rawValue: typeName) else {
      let known = SafetensorsType.allCases.map(\.rawValue).joined(separator: ", ")
      throw failure("has dtype \(JSON.quoted(typeName)), expected one of \(known)")
    }
    guard let shape = field.value["shape"]?.list(\.wholeNumber), shape.allSatisfy({ $0 >= 0 }) else {
      throw failure("has no shape, a list of whole numbers from 0")
    }
    guard let offsets = field.value["data_offsets"]?.list(\.wholeNumber), offsets.count == 2,
      0 <= offsets[0], offsets[0] <= offsets[1]
    else { throw failure("has no data_offsets, two whole numbers of which the second is no smaller") }
    guard offsets[1] <= file.size - start else {
      throw failure("ends at byte \(offsets[1]) of the tensors, but they have \(file.size - start) bytes")
    }
    guard let size = SafetensorsEntry.size(shape, type) else {
      throw failure("has shape \(shape), which is too large to count")
    }
    guard size == offsets[1] - offsets[0] else {
      throw failure(
        "has shape \(shape) in \(typeName), \(size) bytes, but its offsets give it \(offsets[1] - offsets[0])"
      )
    }
    self.init(name: field.name, type: type, shape: shape, bytes: start + offsets[0]..<start + offsets[1])
  }

  /// The bytes of a tensor; nil where they cannot be counted.
  private static func size(_ shape: [Int], _ type: SafetensorsType) -> Int? {
    var size = type.size
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      size = product
    }
    return size
  }
}
