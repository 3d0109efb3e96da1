import Testing

@testable import Engine

@Suite struct SafetensorsTests {
  /// A file of a header and `data` zero bytes; `length` in place of the header's own.
  static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    let bytes = Array(header.utf8)
    let length = length ?? UInt64(bytes.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + bytes
      + [UInt8](repeating: 0, count: data)
  }

  static func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  struct Fault: CustomTestStringConvertible {
    let rule: String
    let bytes: [UInt8]
    let message: String
    var testDescription: String { rule }

    init(_ rule: String, _ bytes: [UInt8], _ message: String) {
      self.rule = rule
      self.bytes = bytes
      self.message = message
    }
  }

  /// One for each rule of the format, with what the message has to say.
  static let faults: [Fault] = [
    Fault("an empty file", [], "has 0 bytes"),
    Fault("seven bytes", [UInt8](repeating: 0, count: 7), "has 7 bytes"),
    Fault(
      "a header of 2^60 bytes", file("{}", length: 1 << 60), "gives its header 1152921504606846976 bytes"),
    Fault(
      "a header of 2^64 - 1 bytes", file("{}", length: .max), "gives its header 18446744073709551615 bytes"),
    Fault("a header one byte too long", file("{}", length: 3), "gives its header 3 bytes, but only 2 follow"),
    Fault(
      "a header longer than is read", file("{}" + String(repeating: " ", count: SafetensorsHeader.longest)),
      "more than the 16777216 that are read"),
    Fault("an empty header", file(""), "does not begin with '{'"),
    Fault("a header that begins with a space", file(" {}"), "does not begin with '{'"),
    Fault("a header that is a list", file("[]"), "does not begin with '{'"),
    Fault("bad JSON", file("{\"a\":}"), "is no JSON at byte 5"),
    Fault("something after the object", file("{}x"), "is no JSON at byte 2"),
    Fault("text that is not UTF-8", [4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22], "not UTF-8"),
    Fault(
      "deep nesting", file("{\"a\":" + String(repeating: "[", count: 100_000)), "nested more than 256 deep"),
    Fault(
      "a name twice",
      file("{\(entry("a", "F32", "[1]", "[0,4]")),\(entry("a", "F32", "[1]", "[4,8]"))}", data: 8),
      "the field \"a\" occurs twice"),
    Fault("metadata that is a list", file("{\"__metadata__\":[]}"), "`__metadata__` is no object of texts"),
    Fault(
      "metadata of numbers", file("{\"__metadata__\":{\"a\":1}}"), "`__metadata__` is no object of texts"),
    Fault("a tensor that is a number", file("{\"a\":1}"), "\"a\" has no dtype"),
    Fault("no dtype", file("{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}"), "\"a\" has no dtype"),
    Fault("no shape", file("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}"), "\"a\" has no shape"),
    Fault("no offsets", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}"), "\"a\" has no data_offsets"),
    Fault(
      "an unknown dtype", file("{\(entry("a", "F99", "[1]", "[0,4]"))}", data: 4),
      "\"a\" has dtype \"F99\", expected one of F32, F16, BF16"),
    Fault(
      "a dtype no policy has", file("{\(entry("a", "I64", "[1]", "[0,8]"))}", data: 8),
      "\"a\" has dtype \"I64\", expected one of F32, F16, BF16"),
    Fault(
      "a negative extent", file("{\(entry("a", "F32", "[-1]", "[0,4]"))}", data: 4), "\"a\" has no shape"),
    Fault("half an extent", file("{\(entry("a", "F32", "[0.5]", "[0,2]"))}", data: 2), "\"a\" has no shape"),
    Fault(
      "an extent of 10^300", file("{\(entry("a", "F32", "[1e300]", "[0,4]"))}", data: 4), "\"a\" has no shape"
    ),
    Fault(
      "a product beyond 64 bits",
      file("{\(entry("a", "F32", "[4294967296,4294967296,4294967296]", "[0,4]"))}", data: 4),
      "which is too large to count"),
    Fault(
      "a shape larger than its bytes", file("{\(entry("a", "F32", "[2]", "[0,4]"))}", data: 4),
      "shape [2] in F32, 8 bytes, but its offsets give it 4"),
    Fault(
      "a type wider than its bytes", file("{\(entry("a", "F32", "[2]", "[0,4]"))}", data: 4),
      "but its offsets give it 4"),
    Fault("one offset", file("{\(entry("a", "F32", "[1]", "[0]"))}", data: 4), "has no data_offsets"),
    Fault(
      "a negative offset", file("{\(entry("a", "F32", "[1]", "[-4,0]"))}", data: 4), "has no data_offsets"),
    Fault(
      "offsets back to front", file("{\(entry("a", "F32", "[1]", "[4,0]"))}", data: 4), "has no data_offsets"),
    Fault(
      "an overlong offset", file("{\(entry("a", "F32", "[2]", "[0,8]"))}", data: 4),
      "ends at byte 8 of the tensors, but they have 4 bytes"),
    Fault(
      "an offset of 2^62",
      file("{\(entry("a", "F32", "[1]", "[4611686018427387904,4611686018427387904]"))}", data: 4),
      "ends at byte 4611686018427387904"),
    Fault(
      "overlapping tensors",
      file("{\(entry("a", "F32", "[2]", "[0,8]")),\(entry("b", "F32", "[2]", "[4,12]"))}", data: 12),
      "without gap or overlap"),
    Fault(
      "the same bytes twice",
      file("{\(entry("a", "F32", "[1]", "[0,4]")),\(entry("b", "F32", "[1]", "[0,4]"))}", data: 4),
      "without gap or overlap"),
    Fault(
      "a gap between tensors",
      file("{\(entry("a", "F32", "[1]", "[0,4]")),\(entry("b", "F32", "[1]", "[8,12]"))}", data: 12),
      "without gap or overlap"),
    Fault(
      "a gap before the first", file("{\(entry("a", "F32", "[1]", "[4,8]"))}", data: 8),
      "without gap or overlap"),
    Fault(
      "bytes after the last", file("{\(entry("a", "F32", "[1]", "[0,4]"))}", data: 5),
      "but its tensors end at byte"),
    Fault("bytes and no tensor", file("{}", data: 1), "but its tensors end at byte 10"),
    Fault(
      "a truncated file", file("{\(entry("a", "F32", "[4]", "[0,16]"))}", data: 15),
      "ends at byte 16 of the tensors, but they have 15 bytes"),
  ]

  @Test(arguments: faults)
  func `a file that breaks a rule is refused by name before memory is taken`(_ fault: Fault) throws {
    let folder = try ScratchFolder()
    let path = try folder.write(fault.bytes, to: "model.safetensors")
    let message = engineMessage { _ = try SafetensorsFile(path, for: "load") }
    #expect(message?.hasPrefix(path) == true, "\(message ?? "no error")")
    #expect(message?.contains(fault.message) == true, "\(message ?? "no error")")
  }

  @Test func `what is no plain file is refused and not waited for`() throws {
    let folder = try ScratchFolder()
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    for (path, cause) in [
      (folder.path, "is no plain file"), ("\(folder.path)/pipe", "is no plain file"),
      ("/dev/zero", "is no plain file"), ("\(folder.path)/none", "there is no such file"),
    ] {
      let message = engineMessage { _ = try SafetensorsFile(path, for: "load") }
      #expect(message?.contains(cause) == true, "\(path): \(message ?? "no error")")
    }
  }

  /// Bits by IEEE 754 and by hand: 1, -2, the smallest and the largest halves, a subnormal.
  @Test func `halves are widened exactly, tensors may be empty or without axes`() throws {
    let header = [
      Self.entry("e", "F32", "[0,7]", "[0,0]"), Self.entry("h", "F16", "[5]", "[0,10]"),
      Self.entry("b", "BF16", "[2,2]", "[10,18]"), Self.entry("s", "F32", "[]", "[18,22]"),
    ].joined(separator: ",")
    var bytes = Self.file("{\(header),\"__metadata__\":{\"format\":\"pt\"}}   ")
    for half: UInt16 in [0x3C00, 0xC000, 0x0001, 0x7BFF, 0x8200, 0x3F80, 0xC000, 0x0001, 0x7F7F] {
      bytes += [UInt8(half & 255), UInt8(half >> 8)]
    }
    bytes += [0, 0, 0x20, 0x41]
    let folder = try ScratchFolder()
    let file = try SafetensorsFile(try folder.write(bytes, to: "a"), for: "load")
    func numbers(_ name: String) throws -> [Float] {
      let entry = try #require(file.header.entries.first { $0.name == name })
      let numbers = try Storage<Float>(repeating: 9, count: entry.shape.reduce(1, *), for: "test")
      try file.read(entry, into: numbers.view)
      return Array(numbers.elements)
    }
    #expect(try numbers("h") == [1, -2, 0x1p-24, 65504, -0x1p-15])
    #expect(try numbers("b") == [1, -2, 0x1p-133, 0x1.FEp127])
    #expect(try numbers("s") == [10])
    #expect(try numbers("e") == [])
  }
}
