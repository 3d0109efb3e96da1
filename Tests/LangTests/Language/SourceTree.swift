import Engine

/// Files of the repository, found by the place of this file.
enum SourceTree {
  /// The repository's folder.
  static let root: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(4).joined(separator: "/")
  }()

  /// The names in a folder with this ending, in order.
  static func files(in folder: String, ending: String) -> [String] {
    ((try? Folder.names("\(root)/\(folder)", for: "test")) ?? []).filter { $0.hasSuffix(ending) }
  }

  /// The paths of the programs in a folder and those within.
  static func programs(under folder: String) -> [String] {
    files(in: folder, ending: "").filter { !$0.hasPrefix(".") }.flatMap { name in
      name.hasSuffix(".rls") ? ["\(folder)/\(name)"] : programs(under: "\(folder)/\(name)")
    }
  }

  /// The Swift files in a folder and those within, with their paths.
  static func swiftFiles(under folder: String) throws -> [(path: String, text: String)] {
    try files(in: folder, ending: "").filter { !$0.hasPrefix(".") }.flatMap { name in
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".swift") { return [(path, try FileContents.text("\(root)/\(path)", for: "test"))] }
      return try swiftFiles(under: path)
    }
  }
}

/// The lines of a file of the repository.
func readLines(_ path: String) throws -> [String] {
  var lines = try FileContents.text("\(SourceTree.root)/\(path)", for: "test")
    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  if lines.last?.isEmpty ?? false { lines.removeLast() }
  return lines
}
