import Foundation

@testable import Engine

/// A folder that lasts as long as this value.
final class ScratchFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/rls-files-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  @discardableResult func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
  }

  func names(in folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
  }

  func copy(_ from: String, to name: String) throws {
    try FileManager.default.copyItem(atPath: from, toPath: "\(path)/\(name)")
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: false)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
  }
}

/// Files made by other programs.
enum GoldenFiles {
  /// The folder of golden files.
  static let root =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Golden"

  /// Models that transformers has saved.
  static let models = ["bfloat16-sharded", "float16-tied", "float32", "float32-tied-sharded"]

  /// Tokens, and the logits after each of them.
  struct Expected: Decodable {
    let tokens: [Int32]
    let logits: [[Double]]
  }

  static func expected(_ name: String) throws -> Expected {
    let file = URL(fileURLWithPath: "\(root)/\(name)")
    return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file))
  }
}

/// The message and hint of the engine's error that `body` ends with; nil when it ends well.
func engineMessage(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    guard let error = error as? EngineError else { return "another error: \(error)" }
    return error.message + (error.hint.map { "; \($0)" } ?? "")
  }
}
