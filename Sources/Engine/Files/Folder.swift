/// Folders that programs make, list and remove.
public enum Folder {
  /// Makes the folder at `path`, and those above it that are missing.
  public static func make(_ path: String, for operation: String) throws(EngineError) {
    try FileContents.requireName(path, operation)
    if mkdir(path, 0o777) == 0 { return try synchronize(parent(path), for: operation) }
    if errno == ENOENT, parent(path) != path {
      try make(parent(path), for: operation)
      guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileContents.unwritable(path, operation) }
      return
    }
    guard errno == EEXIST else { throw FileContents.unwritable(path, operation) }
    guard isFolder(path) else {
      throw EngineError(.file, operation, "\(path) is a file, expected a folder", hint: "choose another name")
    }
  }

  /// Whether there is a folder at `path`; a link to one counts.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder in order; throws when it cannot be read.
  public static func names(_ path: String, for operation: String) throws(EngineError) -> [String] {
    guard let directory = opendir(path) else { throw FileContents.unreadable(path, operation) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The folder that `path` is in.
  public static func parent(_ path: String) -> String {
    let end = path.lastIndex { $0 != "/" } ?? path.startIndex
    guard let slash = path[..<end].lastIndex(of: "/") else { return path.first == "/" ? "/" : "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The name that `path` has directly inside `folder`; nil where it is elsewhere.
  public static func name(_ path: String, in folder: String) -> String? {
    guard path.hasPrefix(folder + "/") else { return nil }
    let name = path.dropFirst(folder.count + 1)
    return name.isEmpty || name.contains("/") ? nil : String(name)
  }

  /// Flushes the names in a folder to disk.
  static func synchronize(_ path: String, for operation: String) throws(EngineError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { throw FileContents.unwritable(path, operation) }
    defer { close(descriptor) }
    // Some file systems have nothing to flush for a folder and say so with EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileContents.unwritable(path, operation) }
  }

  /// Calls `body` with the path of a new folder for it to fill, which then takes the name `path` whole.
  ///
  /// A crash leaves nothing under the name, or all of it. `body` has to flush its files to disk.
  public static func write(
    _ path: String, for operation: String, _ body: (String) throws -> Void
  ) throws {
    let aside = FileContents.aside(path)
    guard mkdir(aside, 0o777) == 0 else { throw FileContents.unwritable(path, operation) }
    do {
      try body(aside)
      try synchronize(aside, for: operation)
      guard rename(aside, path) == 0 else { throw FileContents.unwritable(path, operation) }
    } catch {
      remove(aside)
      throw error
    }
    try synchronize(parent(path), for: operation)
  }

  /// Removes a folder with all that is in it; links in it are removed, not followed.
  ///
  /// It first takes another name, so that what a crash leaves is not taken for the whole.
  public static func remove(_ path: String) {
    let aside = isAside(path) ? path : FileContents.aside(path)
    guard aside == path || rename(path, aside) == 0 else { return }
    for name in (try? names(aside, for: "remove")) ?? [] {
      let inner = "\(aside)/\(name)"
      var status = stat()
      if lstat(inner, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        removeContents(inner)
      } else {
        unlink(inner)
      }
    }
    rmdir(aside)
  }

  private static func removeContents(_ path: String) {
    for name in (try? names(path, for: "remove")) ?? [] where unlink("\(path)/\(name)") != 0 {
      removeContents("\(path)/\(name)")
    }
    rmdir(path)
  }

  /// Whether a name is that of something that was written aside, or was about to be removed.
  public static func isAside(_ path: String) -> Bool {
    path.split(separator: "/").last.map { $0.contains(FileContents.asideMark) } ?? false
  }
}
