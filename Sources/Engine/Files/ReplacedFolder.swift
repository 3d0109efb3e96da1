/// A folder of files that takes its name whole: a crash leaves what was there before or what is new.
///
/// The files are written to a folder beside it, flushed to disk, and the two folders change names in one
/// step; what was there before is then removed. Where the file system cannot exchange names, the old folder
/// is first moved aside, and a crash at that moment leaves nothing under the name, but both folders beside it.
struct ReplacedFolder {
  /// The files the folder may hold.
  let files: [String]
  /// The one of them that marks a folder as one that may be replaced.
  let marker: String
  /// What such a folder is, for messages.
  let content: String
  let operation: String

  /// Calls `body` with the path of a new folder for it to fill, which then becomes `path`.
  ///
  /// Throws when `path` is anything but a folder that holds `marker` and nothing beside `files`, or an empty
  /// one; and what `body` throws. Nothing is changed under `path` then.
  func write(_ path: String, _ body: (String) throws(EngineError) -> Void) throws(EngineError) {
    let target = try resolved(path)
    let exists = try requireReplaceable(target)
    let aside = FileContents.aside(target)
    guard mkdir(aside, 0o777) == 0 else { throw FileContents.unwritable(path, operation) }
    do throws(EngineError) {
      var status = stat()
      if exists, stat(target, &status) == 0 { chmod(aside, status.st_mode & 0o7777) }
      try body(aside)
      try Folder.synchronize(aside, for: operation)
      if exists || rename(aside, target) != 0 {
        // Where there was nothing, somebody else may have saved meanwhile.
        guard exists || errno == ENOTEMPTY || errno == EEXIST else {
          throw FileContents.unwritable(target, operation)
        }
        _ = try requireReplaceable(target)
        try exchange(aside, target)
      }
    } catch {
      remove(aside)
      throw error
    }
    remove(aside)
    try Folder.synchronize(Folder.parent(target), for: operation)
  }

  /// `path` without slashes at its end, and without links where it exists.
  private func resolved(_ path: String) throws(EngineError) -> String {
    try FileContents.requireName(path, operation)
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, access(path, F_OK) != 0 {
      throw EngineError(
        .file, operation, "\(path) is a link to a folder that does not exist",
        hint: "remove the link, or make the folder")
    }
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let end = path.lastIndex { $0 != "/" } ?? path.startIndex
    return String(path[...end])
  }

  /// Whether there is something called `path`; throws where it is not this program's to replace.
  private func requireReplaceable(_ path: String) throws(EngineError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return false }
      throw FileContents.unreadable(path, operation)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw EngineError(
        .file, operation, "\(path) is a file, but \(content) is saved as a folder",
        hint: "choose another name")
    }
    let names = Set(try Folder.names(path, for: operation))
    let strange = names.subtracting(files).sorted()
    guard names.isEmpty || names.contains(marker), strange.isEmpty else {
      throw EngineError(
        .file, operation,
        "\(path) is not \(content) saved by rls: it holds \((strange.first ?? names.sorted().first) ?? "")",
        hint: "choose another name, or move that folder away")
    }
    return true
  }

  private func move(_ from: String, _ to: String) throws(EngineError) {
    guard rename(from, to) == 0 else { throw FileContents.unwritable(to, operation) }
  }

  /// Makes each folder what the other was called.
  private func exchange(_ aside: String, _ target: String) throws(EngineError) {
    if Platform.exchange(aside, target) { return }
    let old = FileContents.aside(target)
    try move(target, old)
    do throws(EngineError) {
      try move(aside, target)
    } catch {
      rename(old, target)
      throw error
    }
    remove(old)
  }

  /// Removes `files` of a folder, and the folder where nothing else is in it.
  private func remove(_ folder: String) {
    for name in files { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }
}
