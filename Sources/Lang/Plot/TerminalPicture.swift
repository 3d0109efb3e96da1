import Engine

/// How a terminal takes pictures.
public enum TerminalPicture: Sendable, Equatable {
  /// As a PNG in kitty's graphics protocol, scaled by the terminal to so many columns.
  case kitty(columns: Int)
  /// As DEC's sixels, so many pixels wide.
  case sixel(width: Int)

  /// The sequence that shows an SVG document, with a newline behind it.
  ///
  /// Throws where librsvg is not installed.
  public func sequence(of svg: String) throws(EngineError) -> String {
    switch self {
    case .kitty(let columns):
      return TerminalPicture.kitty(try Raster.png(svg: svg, scale: 2), columns: columns) + "\n"
    case .sixel(let width):
      let whole = try Raster(svg: svg, scale: 1)
      let scale = Double(max(1, width)) / Double(max(1, whole.width))
      return Sixels.text(of: scale < 1 ? try Raster(svg: svg, scale: scale) : whole) + "\n"
    }
  }

  /// A PNG in pieces of at most 4096 characters of base64, as the protocol asks.
  ///
  /// `a=T` transmits and shows, `f=100` is PNG, `q=2` asks for no answer, which would look typed.
  static func kitty(_ png: [UInt8], columns: Int) -> String {
    let text = Array(base64(png).utf8)
    let pieces = stride(from: 0, to: text.count, by: 4096).map { text[$0..<min($0 + 4096, text.count)] }
    return pieces.enumerated().map { index, piece in
      let control = index == 0 ? "a=T,f=100,q=2,c=\(columns)," : ""
      let goesOn = index + 1 < pieces.count ? 1 : 0
      return "\u{1B}_G\(control)m=\(goesOn);\(String(decoding: piece, as: UTF8.self))\u{1B}\\"
    }.joined()
  }

  /// Bytes in base64 (RFC 4648), with padding.
  static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let number = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for place in 0..<4 {
        text.append(place <= part.count ? digits[number >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
