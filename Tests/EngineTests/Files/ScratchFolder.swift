import Testing

@testable import Engine

/// A folder that lasts as long as this value.
final class ScratchFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/rls-files-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { ScratchFolder.remove(path) }

  /// Writes a file and gives its path.
  @discardableResult func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = try #require(fopen("\(path)/\(name)", "wb"))
    defer { fclose(file) }
    try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    return "\(path)/\(name)"
  }

  func read(_ name: String) throws -> [UInt8] { try FileContents.bytes("\(path)/\(name)", for: "test") }

  func names(in folder: String = "") throws -> [String] { try Folder.names("\(path)/\(folder)", for: "test") }

  /// Copies a folder of files.
  func copy(_ folder: String, to name: String) throws {
    try makeFolder(name)
    for file in try Folder.names(folder, for: "test") {
      try write(FileContents.bytes("\(folder)/\(file)", for: "test"), to: "\(name)/\(file)")
    }
  }

  func remove(_ name: String) { ScratchFolder.remove("\(path)/\(name)") }

  func makeFolder(_ name: String) throws { try #require(mkdir("\(path)/\(name)", 0o777) == 0) }

  func link(_ name: String, to target: String) throws {
    try #require(symlink(target, "\(path)/\(name)") == 0)
  }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    for name in (try? Folder.names(path, for: "test")) ?? [] { remove("\(path)/\(name)") }
    rmdir(path)
  }
}

/// Files made by other programs.
enum GoldenFiles {
  /// The folder of golden files.
  static let root: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return (parts.dropLast(3) + ["Golden"]).joined(separator: "/")
  }()

  /// Models that transformers has saved.
  static let models = [
    "bfloat16-sharded", "float16-tied", "float32", "float32-tied-sharded", "moe-bfloat16-sharded",
    "moe-float32",
    "moe-sparse-step",
  ]

  /// Tokens, and the logits after each of them.
  static func expected(_ name: String) throws -> (tokens: [Int32], logits: [[Double]]) {
    let json = try JSON.parse(FileContents.bytes("\(root)/\(name)", for: "test"))
    func number(_ json: JSON) -> Double? { if case .number(let number) = json { number } else { nil } }
    let tokens = try #require(json["tokens"]?.list { $0.wholeNumber.map(Int32.init) })
    return (tokens, try #require(json["logits"]?.list { $0.list(number) }))
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
