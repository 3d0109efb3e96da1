// The one file of the engine that knows which system it runs on. Every file of it sees the C library through this
// import.
#if canImport(Darwin)
  @_exported import Darwin
#else
  @_exported import Glibc
#endif

/// What Linux and macOS do in different ways.
enum Platform {
  /// Whether the processor has AVX-512.
  static func hasAVX512() -> Bool {
    #if !arch(x86_64)
      return false
    #elseif canImport(Darwin)
      var answer: Int32 = 0
      var size = MemoryLayout<Int32>.size
      return sysctlbyname("hw.optional.avx512f", &answer, &size, nil, 0) == 0 && answer == 1
    #else
      guard let file = fopen("/proc/cpuinfo", "r") else { return false }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 8192)
      while fgets(&line, Int32(line.count), file) != nil {
        if strncmp(line, "flags", 5) == 0 { return strstr(line, " avx512f") != nil }
      }
      return false
    #endif
  }

  /// The bytes this process may use: the least of the machine's memory, the limits of its control groups (Linux), and
  /// what its own limit on addresses leaves beside a stack and what is loaded.
  static func availableMemory() -> Int {
    let (pages, pageSize) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    var limits = [pages > 0 && pageSize > 0 ? pages * pageSize : 4 << 30]
    #if !canImport(Darwin)
      limits += controlGroupLimits()
    #endif
    let addresses = addressLimit()
    limits.append(max(addresses / 16, addresses - addresses / 4 - heldMemory().addresses))
    return limits.min() ?? 4 << 30
  }

  /// The bytes of addresses that this process may have, by its limits on address space and data.
  static func addressLimit() -> Int {
    #if canImport(Darwin)
      let resources = [RLIMIT_AS, RLIMIT_DATA]
    #else
      let resources = [RLIMIT_AS, RLIMIT_DATA].map { __rlimit_resource_t($0.rawValue) }
    #endif
    return resources.reduce(Int.max) { least, resource in
      var limit = rlimit()
      guard getrlimit(resource, &limit) == 0, limit.rlim_cur < UInt(Int.max) else { return least }
      return min(least, Int(limit.rlim_cur))
    }
  }

  /// The bytes of this process that are in memory, and those of its addresses; 0 where the system does not say.
  static func heldMemory() -> (resident: Int, addresses: Int) {
    #if canImport(Darwin)
      var info = mach_task_basic_info()
      var words = mach_msg_type_number_t(MemoryLayout.size(ofValue: info) / MemoryLayout<natural_t>.size)
      let status = withUnsafeMutableBytes(of: &info) {
        task_info(
          mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO),
          $0.bindMemory(to: integer_t.self).baseAddress, &words)
      }
      return status == KERN_SUCCESS ? (Int(info.resident_size), 0) : (0, 0)
    #else
      return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
        let count = pread(statistics, buffer.baseAddress, buffer.count, 0)
        let pages = buffer.prefix(max(0, count)).split(separator: UInt8(ascii: " ")).prefix(2).map {
          Int(String(decoding: $0, as: UTF8.self)) ?? 0
        }
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        return pages.count == 2 ? (pages[1] * pageSize, pages[0] * pageSize) : (0, 0)
      }
    #endif
  }

  #if !canImport(Darwin)
    /// Stays open, for a process that may open nothing any more.
    private static let statistics = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
  #endif

  #if !canImport(Darwin)
    /// The memory limits of the control groups that hold this process, of version 2 and of version 1.
    private static func controlGroupLimits() -> [Int] {
      guard let file = fopen("/proc/self/cgroup", "r") else { return [] }
      defer { fclose(file) }
      var limits: [Int] = []
      var line = [CChar](repeating: 0, count: 4096)
      while fgets(&line, Int32(line.count), file) != nil {
        // `0::/path` for version 2, `4:memory:/path` for version 1.
        let text = System.text(line)
        let fields = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { continue }
        let isSecond = fields[1].isEmpty
        guard isSecond || fields[1].split(separator: ",").contains("memory") else { continue }
        var names = fields[2].split(whereSeparator: { $0 == "/" || $0 == "\n" })
        // A limit holds for everything below; inside a container the group's own folder is the root.
        while true {
          let folder =
            (isSecond ? "/sys/fs/cgroup/" : "/sys/fs/cgroup/memory/") + names.joined(separator: "/")
          let name = isSecond ? "memory.max" : "memory.limit_in_bytes"
          if let limit = number(inFile: folder + "/" + name) { limits.append(limit) }
          if names.popLast() == nil { break }
        }
      }
      return limits
    }

    private static func number(inFile path: String) -> Int? {
      guard let file = fopen(path, "r") else { return nil }
      defer { fclose(file) }
      var number = 0
      return withUnsafeMutablePointer(to: &number) { number in
        withVaList([number]) { vfscanf(file, "%ld", $0) } == 1 ? number.pointee : nil
      }
    }
  #endif

  /// Asks for large pages where the system has them.
  static func useLargePages(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    #if !canImport(Darwin)
      let first = (Int(bitPattern: block) + 4095) & ~4095
      let last = (Int(bitPattern: block) + bytes) & ~4095
      if let start = UnsafeMutableRawPointer(bitPattern: first) {
        madvise(start, last - first, MADV_HUGEPAGE)
      }
    #endif
  }

  /// When a file was last written, in seconds since 1970.
  static func modificationTime(_ status: stat) -> Int {
    #if canImport(Darwin)
      status.st_mtimespec.tv_sec
    #else
      status.st_mtim.tv_sec
    #endif
  }

  /// Swaps two names in one step; false where the system cannot.
  static func exchange(_ a: String, _ b: String) -> Bool {
    #if canImport(Darwin)
      return renamex_np(a, b, UInt32(RENAME_SWAP)) == 0
    #else
      return renameat2.map { $0(AT_FDCWD, a, AT_FDCWD, b, 2) == 0 } ?? false  // 2: RENAME_EXCHANGE
    #endif
  }

  #if !canImport(Darwin)
    /// Swift's headers leave it out; nil on systems without it.
    private typealias Rename =
      @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    private static let renameat2: Rename? = dlsym(nil, "renameat2").map { unsafeBitCast($0, to: Rename.self) }
  #endif
}

/// A thread of the system that runs a closure once.
public struct SystemThread: @unchecked Sendable {
  private let handle: pthread_t

  /// Starts it, with the system's usual stack where `stackBytes` is nil and a smaller one where addresses are scarce; nil
  /// where no thread can be had.
  public init?(stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackBytes {
      pthread_attr_setstacksize(&attributes, min(stackBytes, max(1 << 26, MemoryBudget.addressLimit / 16)))
    }
    let context = Unmanaged.passRetained(Body(body))
    #if canImport(Darwin)
      var started: pthread_t?
      let status = pthread_create(&started, &attributes, { Body.run($0) }, context.toOpaque())
    #else
      var thread = pthread_t()
      let status = pthread_create(&thread, &attributes, { Body.run($0) }, context.toOpaque())
      let started = status == 0 ? thread : nil
    #endif
    guard status == 0, let started else {
      context.release()
      return nil
    }
    handle = started
  }

  /// Waits for the closure to return.
  public func join() { pthread_join(handle, nil) }

  /// Lets the thread end by itself.
  public func detach() { pthread_detach(handle) }

  private final class Body {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }
  }
}

/// The system's `read`, for types whose own `read` hides it.
public func readBytes(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}

/// The system's `write`, for types whose own `write` hides it.
public func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
