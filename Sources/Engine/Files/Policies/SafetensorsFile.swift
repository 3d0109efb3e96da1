/// A safetensors file that has been found in order.
final class SafetensorsFile {
  let header: SafetensorsHeader
  let file: InputFile

  init(_ path: String, for operation: String) throws(EngineError) {
    file = try InputFile(path, for: operation)
    header = try SafetensorsHeader(file)
  }

  /// Writes the numbers of `entry` to the first row of `view`, widened to single precision, which is exact; the
  /// machine's byte order is the file's, little-endian.
  func read(_ entry: SafetensorsEntry, into view: FloatView) throws(EngineError) {
    let target = view.at(0)
    switch entry.type {
    case .float32:
      try file.read(
        UnsafeMutableRawBufferPointer(start: target, count: entry.bytes.count), at: entry.bytes.lowerBound)
    case .float16: try readHalves(entry) { target[$0] = Float(Float16(bitPattern: $1)) }
    case .bfloat16: try readHalves(entry) { target[$0] = Float(bitPattern: UInt32($1) << 16) }
    }
  }

  private func readHalves(
    _ entry: SafetensorsEntry, _ store: (_ index: Int, _ bits: UInt16) -> Void
  ) throws(EngineError) {
    let count = entry.bytes.count / 2
    let chunk = 1 << 16
    for first in stride(from: 0, to: count, by: chunk) {
      let start = entry.bytes.lowerBound + 2 * first
      let bytes = try file.bytes(start..<start + 2 * min(chunk, count - first))
      for i in 0..<bytes.count / 2 { store(first + i, UInt16(bytes[2 * i]) | UInt16(bytes[2 * i + 1]) << 8) }
    }
  }

  /// Writes tensors whose numbers follow one another in the first rows of `blocks`, in a type that holds each exactly.
  static func write(
    _ tensors: [(name: String, shape: [Int], count: Int)], from blocks: [FloatView],
    as type: SafetensorsType = .float32, to file: OutputFile
  ) throws(EngineError) {
    var offset = 0
    var parts = ["\"__metadata__\":{\"format\":\"pt\"}"]
    for tensor in tensors {
      let end = offset + type.size * tensor.count
      let place = "\"shape\":\(tensor.shape),\"data_offsets\":[\(offset),\(end)]"
      parts.append("\(JSON.quoted(tensor.name)):{\"dtype\":\"\(type.rawValue)\",\(place)}")
      offset = end
    }
    var header = "{\(parts.joined(separator: ","))}"
    header += String(repeating: " ", count: -header.utf8.count & 7)
    try withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { (length) throws(EngineError) in
      try file.write(length)
    }
    try file.write(header)
    for block in blocks {
      let numbers = block.at(0)
      if type == .float32 {
        try file.write(UnsafeRawBufferPointer(start: numbers, count: 4 * block.columns))
        continue
      }
      let chunk = 1 << 16
      for first in stride(from: 0, to: block.columns, by: chunk) {
        let halves = (first..<min(first + chunk, block.columns)).map { type.half(numbers[$0]).littleEndian }
        try halves.withUnsafeBufferPointer { (halves) throws(EngineError) in
          try file.write(UnsafeRawBufferPointer(halves))
        }
      }
    }
  }
}
