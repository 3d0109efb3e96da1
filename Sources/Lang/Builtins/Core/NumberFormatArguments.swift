import Engine

/// How `format` writes a number.
struct NumberFormatArguments: Sendable {
  private enum Style: String, CaseIterable {
    case general, fixed, percent, exponent
  }

  private let digits: Argument<Int?>
  private let width: Argument<Int>
  private let style: Argument<Style>

  init(_ parameter: Parameters) {
    digits = parameter.optional("digits", .integer(0...100))
    width = parameter("width", .integer(0...TextBuiltins.maximumWidth), 0)
    style = parameter("style", .choice, .general)
  }

  func text(_ number: Double, _ call: Call) throws -> String {
    let digits = try call[digits]
    let style = try call[style]
    guard number.isFinite else { return Printing.number(number).rightAligned(to: try call[width]) }
    let text =
      switch style {
      case .general: Printing.number(number, digits: max(1, digits ?? 8))
      case .fixed: Printing.formatted("%.\(digits ?? 2)f", number)
      case .percent: Printing.formatted("%.\(digits ?? 1)f", number * 100) + "%"
      case .exponent: Printing.formatted("%.\(digits ?? 3)e", number)
      }
    return text.rightAligned(to: try call[width])
  }
}
