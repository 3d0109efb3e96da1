import CPicture
import Engine

/// A picture in pixels, drawn from SVG by librsvg and cairo, which are looked for when the first one is drawn.
struct Raster: Equatable {
  let width: Int
  let height: Int
  /// Row by row, each 0xAARRGGBB, with the colours multiplied by alpha.
  let pixels: [UInt32]

  init(width: Int, height: Int, pixels: [UInt32]) {
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }

  /// Draws a document, `scale` times as large as it says it is.
  init(svg: String, scale: Double) throws(EngineError) {
    self = try Raster.drawing(svg, scale, asPNG: false) { drawn in
      let count = Int(drawn.width) * Int(drawn.height)
      let pixels = Array(UnsafeBufferPointer(start: drawn.pixels, count: count))
      return Raster(width: Int(drawn.width), height: Int(drawn.height), pixels: pixels)
    }
  }

  /// A document as a PNG file, `scale` times as large as it says it is.
  static func png(svg: String, scale: Double) throws(EngineError) -> [UInt8] {
    try drawing(svg, scale, asPNG: true) { Array(UnsafeBufferPointer(start: $0.png, count: $0.png_count)) }
  }

  private static func drawing<Result>(
    _ svg: String, _ scale: Double, asPNG: Bool, _ read: (cpi_picture) -> Result
  ) throws(EngineError) -> Result {
    let bytes = Array(svg.utf8)
    var drawn = cpi_draw(bytes, bytes.count, scale, asPNG ? 1 : 0)
    defer { cpi_release(&drawn) }
    let message = drawn.message.map { String(cString: $0) } ?? ""
    if Int(drawn.result) == CPI_NO_LIBRARY {
      throw EngineError(
        .file, "plot", "pictures are drawn by librsvg, which cannot be opened: \(message)",
        hint:
          "install it (Debian: `apt-get install librsvg2-2`, macOS: `brew install librsvg`), or save as .svg"
      )
    }
    guard Int(drawn.result) == CPI_DRAWN else {
      throw EngineError(.file, "plot", "the picture cannot be drawn: \(message)", hint: "save it as .svg")
    }
    return read(drawn)
  }
}
