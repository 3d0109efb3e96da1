import Engine

// The one file of the shell that knows which system it runs on. Every file of it sees the C library through this
// import.
#if canImport(Darwin)
  @_exported import Darwin
#else
  @_exported import Glibc
#endif

/// What Linux and macOS do in different ways.
enum Platform {
  /// The working folder; `.` where it is gone.
  static var workingFolder: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  // What a new process does first, and how it starts, before anything is said of either.
  #if canImport(Darwin)
    static var spawnActions: posix_spawn_file_actions_t? { nil }
    static var spawnAttributes: posix_spawnattr_t? { nil }
  #else
    static var spawnActions: posix_spawn_file_actions_t { .init() }
    static var spawnAttributes: posix_spawnattr_t { .init() }
  #endif

  /// The folder below the home folder `home` that has the user's own data for Jupyter.
  static func jupyterFolder(home: String, _ environment: (String) -> String?) -> String {
    #if canImport(Darwin)
      home + "/Library/Jupyter"
    #else
      (environment("XDG_DATA_HOME").flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.local/share") + "/jupyter"
    #endif
  }

  /// Where this program is, or the name it was called by.
  static var program: String { executable ?? CommandLine.arguments[0] }

  /// Where this program is; nil where the system does not say.
  static var executable: String? {
    #if canImport(Darwin)
      var size = UInt32(PATH_MAX)
      var path = [CChar](repeating: 0, count: Int(size) + 1)
      guard _NSGetExecutablePath(&path, &size) == 0 else { return nil }
    #else
      var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return nil }
    #endif
    return System.text(path)
  }
}
