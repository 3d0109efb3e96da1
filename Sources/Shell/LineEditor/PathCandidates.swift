import Engine

/// Files that may complete a path inside a string.
enum PathCandidates {
  /// Names in `directory` (empty: the working folder) that begin with `prefix`, folders with a slash, sorted.
  ///
  /// Hidden files are listed only for a prefix that begins with a point. A folder that cannot be read has
  /// no candidates, and at most `limit` are given.
  static func names(in directory: String, prefix: String, limit: Int = 500) -> [String] {
    let folder = directory.isEmpty ? "." : FileContents.expanded(directory)
    let names = (try? Folder.names(folder, for: "complete")) ?? []
    return names.lazy.filter { $0.hasPrefix(prefix) && (prefix.hasPrefix(".") || !$0.hasPrefix(".")) }
      .prefix(limit).map { Folder.isFolder("\(folder)/\($0)") ? $0 + "/" : $0 }.sorted()
  }
}
