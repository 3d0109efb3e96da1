import Engine
import Testing

@testable import Lang

/// Pictures in pixels: PNG files, sixels, kitty's protocol.
///
/// Those that draw need librsvg, and are skipped, which is said, where it is not installed.
@Suite struct RasterTests {
  private static let isInstalled: Bool = {
    do {
      _ = try Raster(svg: square, scale: 1)
      return true
    } catch {
      print("skipped: \(RuntimeError(error).message)")
      return false
    }
  }()

  private static let square = """
    <svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><rect width="8" height="4" fill="#ffffff"/>\
    <rect width="4" height="4" fill="#d55e00"/></svg>
    """

  @Test(.enabled(if: RasterTests.isInstalled)) func `a document is drawn at its size times the scale`() throws
  {
    let picture = try Raster(svg: RasterTests.square, scale: 2)
    #expect(picture.width == 16 && picture.height == 8 && picture.pixels.count == 128)
    for y in 0..<8 {
      for x in 0..<16 { #expect(picture.pixels[16 * y + x] == (x < 8 ? 0xFFD5_5E00 : 0xFFFF_FFFF)) }
    }
    #expect(throws: (any Error).self) { try Raster(svg: "<svg", scale: 1) }
  }

  @Test(.enabled(if: RasterTests.isInstalled)) func `a plot is saved as a PNG of twice its size`() throws {
    let folder = try StoreFolder()
    let (session, _) = Session.collecting()
    try session.run(
      "save plot([1, 2], title: \"<é>\", draw: false), \"\(folder.path)/p.png\"", name: "test", echoes: false)
    let bytes = try FileContents.bytes("\(folder.path)/p.png", for: "test")
    // Signature, length and name of the first block, width and height (RFC 2083, 3.1 and 4.1.1).
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(bytes[12..<24].elementsEqual([0x49, 0x48, 0x44, 0x52, 0, 0, 5, 0xA0, 0, 0, 3, 0x60]))
    #expect(bytes.suffix(8).elementsEqual([0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]))
  }

  @Test(.enabled(if: RasterTests.isInstalled)) func `every picture can be drawn`() throws {
    let (session, _) = Session.collecting()
    for program in [
      "plot([1, nan], title: \"<a & b>\", draw: false)",
      "plot([[1, nan], [-inf, 2]], kind: \"heat\", draw: false)",
      "plot([], kind: \"hist\", draw: false)", "panels([plot([1, 2], draw: false), plot(sin, draw: false)])",
    ] {
      try session.run("p = \(program)", name: "test", echoes: false)
      let picture = try #require(session.globals["p"]?.as(PlotObject.self)).picture
      let drawn = try Raster(svg: picture.svg, scale: 0.5)
      #expect(Set(drawn.pixels).count > 1, "\(program)")
    }
  }

  @Test func `sixels give the picture back`() throws {
    // More colours than a palette has would be drawn with the nearest ones; these are few, and exact in per cent.
    let colours: [UInt32] = [0xFF00_0000, 0xFFFF_FFFF, 0xFFFF_0000, 0xFF00_33CC]
    for (width, height) in [(1, 1), (7, 6), (30, 13)] {
      let pixels = (0..<(width * height)).map { (place: Int) in colours[(place / 5 + place / width) % 4] }
      let picture = Raster(width: width, height: height, pixels: pixels)
      #expect(try decoded(Sixels.text(of: picture)) == picture)
    }
  }

  @Test func `a picture of many colours keeps to 256 of them`() throws {
    let pixels = (0..<4096).map { (place: Int) -> UInt32 in
      let red = UInt32(place % 64 * 4)
      let green = UInt32(place / 64 * 4)
      return 0xFF00_0000 | red << 16 | green << 8
    }
    let back = try decoded(Sixels.text(of: Raster(width: 64, height: 64, pixels: pixels)))
    #expect(back.width == 64 && back.height == 64 && Set(back.pixels).count <= 256)
  }

  @Test func `kitty gets the file in pieces of base64`() {
    // RFC 4648, section 10.
    for (text, code) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
      #expect(TerminalPicture.base64(Array(text.utf8)) == code)
    }
    let bytes = (0..<5000).map { (place: Int) in UInt8(truncatingIfNeeded: place * 7) }
    let pieces = TerminalPicture.kitty(bytes, columns: 80).split(separator: "\u{1B}\\").map(String.init)
    #expect(pieces.count == 2)
    #expect(pieces.first?.hasPrefix("\u{1B}_Ga=T,f=100,q=2,c=80,m=1;") == true)
    #expect(pieces.last?.hasPrefix("\u{1B}_Gm=0;") == true)
    let text = pieces.compactMap { $0.split(separator: ";").last }.joined()
    #expect(text == TerminalPicture.base64(bytes))
  }

  /// A picture from sixels, as the manual of the VT300 describes them.
  private func decoded(_ text: String) throws -> Raster {
    let body = try #require(text.split(separator: "q", maxSplits: 1).last?.dropLast(2))
    var palette: [Int: UInt32] = [:]
    var pixels: [UInt32] = []
    var (width, height, x, y, colour, count) = (0, 0, 0, 0, 0, 1)
    var rest = body[...]
    func numbers() -> [Int] {
      let text = rest.prefix { $0.isNumber || $0 == ";" }
      rest = rest.dropFirst(text.count)
      return text.split(separator: ";").compactMap { Int($0) }
    }
    while let sign = rest.popFirst() {
      switch sign {
      case "\"":
        let size = numbers()
        (width, height) = (size[2], size[3])
        pixels = Array(repeating: 0, count: width * height)
      case "#":
        let given = numbers()
        colour = given[0]
        if given.count == 5 {
          var mixed: UInt32 = 255
          for part in given[2...] { mixed = mixed << 8 | UInt32((Double(part) * 2.55).rounded()) }
          palette[colour] = mixed
        }
      case "!": count = numbers()[0]
      case "$": x = 0
      case "-": (x, y) = (0, y + 6)
      default:
        let bits = try #require(sign.asciiValue) - 63
        for _ in 0..<count {
          for bit in 0..<6 where bits >> bit & 1 == 1 { pixels[(y + bit) * width + x] = palette[colour] ?? 0 }
          x += 1
        }
        count = 1
      }
    }
    return Raster(width: width, height: height, pixels: pixels)
  }
}
