import Engine
import Testing

@testable import Lang

/// A folder for the runs of a test; it goes when the value does.
final class StoreFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/rls-store-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { Folder.remove(path) }

  func text(_ name: String) throws -> String { try FileContents.text("\(path)/\(name)", for: "test") }
  func bytes(_ name: String) throws -> [UInt8] { try FileContents.bytes("\(path)/\(name)", for: "test") }
  func names(_ name: String = "") throws -> [String] { try Folder.names("\(path)/\(name)", for: "test") }
  func make(_ name: String) throws { try Folder.make("\(path)/\(name)", for: "test") }
  func write(_ text: String, to name: String) throws {
    try FileContents.write(text, to: "\(path)/\(name)", for: "test")
  }
}

extension String {
  /// The text with another one in the place of each `part`.
  func replacing(_ part: String, by other: String) -> String {
    (try? TextSearch.joined(TextSearch.pieces(of: self, between: part), other)) ?? self
  }
}
