/// Files that may complete a path inside a string.
enum PathCandidates {
  /// Names in `directory` (empty: the working folder) that begin with `prefix`, folders with a slash, sorted.
  ///
  /// Hidden files are listed only for a prefix that begins with a point. A folder that cannot be read has
  /// no candidates, and at most `limit` are given.
  static func names(in directory: String, prefix: String, limit: Int = 500) -> [String] {
    let folder = directory.isEmpty ? "." : expanded(directory)
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < limit, let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." || !name.hasPrefix(prefix) { continue }
      if name.hasPrefix(".") && !prefix.hasPrefix(".") { continue }
      names.append(isFolder(folder + "/" + name) ? name + "/" : name)
    }
    return names.sorted()
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func expanded(_ path: String) -> String {
    guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
    return String(cString: home) + path.dropFirst(1)
  }
}
