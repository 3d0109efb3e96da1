extension Plot {
  /// The plot's data as CSV (RFC 4180): a row for each point, columns `series,x,y,low,high`.
  ///
  /// Numbers are written so that reading them gives the same bits; points without an interval leave the
  /// last two columns empty. Lines end with a newline, the last one too.
  public func renderCSV() -> String {
    var text = "series,x,y,low,high\n"
    for series in series {
      let label = Plot.csvField(series.label)
      let band = series.band
      for (index, point) in series.points.enumerated() {
        let interval = index < band.count ? "\(band[index].low),\(band[index].high)" : ","
        text += "\(label),\(point.0),\(point.1),\(interval)\n"
      }
    }
    return text
  }

  /// A field as CSV has it, quoted where it must be.
  static func csvField(_ text: String) -> String {
    // By scalars: a carriage return and a newline make one Character.
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
