/// Pictures as DEC's sixels: bands of six rows, drawn colour by colour.
enum Sixels {
  private static let mostColours = 256

  /// The sequence that shows a picture.
  static func text(of picture: Raster) -> String {
    let (palette, indices) = quantized(picture)
    var text: [UInt8] = Array("\u{1B}P0;1q\"1;1;\(picture.width);\(picture.height)".utf8)
    for (index, colour) in palette.enumerated() {
      let parts = [16, 8, 0].map { "\(Int(Double(colour >> UInt32($0) & 255) / 2.55 + 0.5))" }
      text += "#\(index);2;\(parts.joined(separator: ";"))".utf8
    }
    for top in stride(from: 0, to: picture.height, by: 6) {
      let rows = top..<min(top + 6, picture.height)
      var bits: [Int: [UInt8]] = [:]
      for (bit, y) in rows.enumerated() {
        for x in 0..<picture.width {
          let index = Int(indices[y * picture.width + x])
          bits[index, default: [UInt8](repeating: 0, count: picture.width)][x] |= 1 << UInt8(bit)
        }
      }
      for (place, index) in bits.keys.sorted().enumerated() {
        if place > 0 { text.append(UInt8(ascii: "$")) }
        text += "#\(index)".utf8
        append(bits[index] ?? [], to: &text)
      }
      text.append(UInt8(ascii: "-"))
    }
    return String(decoding: text, as: UTF8.self) + "\u{1B}\\"
  }

  /// One colour's part of a band, with the same ones in a row counted.
  private static func append(_ bits: [UInt8], to text: inout [UInt8]) {
    var start = 0
    while start < bits.count {
      let end = bits[start...].firstIndex { $0 != bits[start] } ?? bits.count
      // Blank columns at the right end are left out.
      if end == bits.count, bits[start] == 0 { return }
      let sign = 63 + bits[start]
      if end - start > 3 {
        text += "!\(end - start)".utf8
        text.append(sign)
      } else {
        text += repeatElement(sign, count: end - start)
      }
      start = end
    }
  }

  /// The colours that are used most, at most 256, and for each pixel the one that is nearest.
  ///
  /// Colours are told apart by 5 bits of each part, and stand for the mean of those they were made from.
  private static func quantized(_ picture: Raster) -> (palette: [UInt32], indices: [UInt8]) {
    func coarse(_ pixel: UInt32) -> Int {
      Int(pixel >> 19 & 31) << 10 | Int(pixel >> 11 & 31) << 5 | Int(pixel >> 3 & 31)
    }
    func parts(_ pixel: UInt32) -> [Int] { [16, 8, 0].map { Int(pixel >> UInt32($0) & 255) } }
    var colours: [UInt32: Int] = [:]
    for pixel in picture.pixels { colours[pixel, default: 0] += 1 }
    var sums: [Int: (count: Int, parts: [Int])] = [:]
    for (pixel, count) in colours {
      let sum = sums[coarse(pixel)] ?? (0, [0, 0, 0])
      sums[coarse(pixel)] = (sum.count + count, zip(sum.parts, parts(pixel)).map { $0 + count * $1 })
    }
    let kept = sums.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(mostColours)
    let palette = kept.map { sum in sum.value.parts.map { ($0 + sum.value.count / 2) / sum.value.count } }
    func distance(_ a: [Int], _ b: [Int]) -> Int {
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    var nearest: [UInt32: UInt8] = [:]
    for pixel in colours.keys {
      let wanted = parts(pixel)
      let place = palette.indices.min { distance(palette[$0], wanted) < distance(palette[$1], wanted) } ?? 0
      nearest[pixel] = UInt8(place)
    }
    return (palette.map { UInt32($0[0] << 16 | $0[1] << 8 | $0[2]) }, picture.pixels.map { nearest[$0] ?? 0 })
  }
}
