import Engine

/// A process that this one has started.
struct Child {
  /// Its number.
  let process: pid_t

  /// What a descriptor of the child stands for.
  enum File {
    /// A file, opened with flags such as `O_RDONLY`.
    case path(String, Int32)
    /// A descriptor of this process.
    case descriptor(Int32)
  }

  /// Starts `program`, which is looked for in `PATH` where its name has no slash; throws the system's error number.
  ///
  /// `leadsGroup` puts it into a process group of its own, which ends as a whole.
  init(
    _ program: String, _ arguments: [String], _ files: [Int32: File] = [:], leadsGroup: Bool = false
  ) throws(ErrorNumber) {
    var actions = Platform.spawnActions
    var attributes = Platform.spawnAttributes
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (descriptor, file) in files {
      switch file {
      case .path(let path, let flags):
        posix_spawn_file_actions_addopen(&actions, descriptor, path, flags, 0)
      case .descriptor(let source): posix_spawn_file_actions_adddup2(&actions, source, descriptor)
      }
    }
    if leadsGroup { posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }
    var words = ([program] + arguments).map { (word: String) in strdup(word) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let code = posix_spawnp(&process, program, &actions, &attributes, &words, environ)
    guard code == 0 else { throw ErrorNumber(code) }
    self.process = process
  }

  /// Waits until it has ended; its exit code, 128 and more for a signal.
  @discardableResult
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }

  /// Why a process could not be started.
  struct ErrorNumber: Error {
    /// What the number means.
    let message: String
    init(_ code: Int32) { message = System.message(code) }
  }
}

/// A pipe whose two ends no child has but those that it is given to.
final class Pipe {
  private(set) var reading: Int32
  private(set) var writing: Int32

  init() throws(Child.ErrorNumber) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Child.ErrorNumber(errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }

  func closeReading() {
    if reading >= 0 { close(reading) }
    reading = -1
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  deinit {
    closeReading()
    closeWriting()
  }
}
