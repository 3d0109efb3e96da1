// The one file of the language that knows which system it runs on. Every file of it sees the C library through this
// import.
#if canImport(Darwin)
  @_exported import Darwin
#else
  @_exported import Glibc
#endif

/// What Linux and macOS do in different ways.
enum Platform {
  #if !canImport(Darwin)
    /// Stays open, for a process that may open nothing any more.
    private static let statistics = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
  #endif

  /// The bytes of this process that are in memory; 0 where the system does not say.
  static func residentBytes() -> Int {
    #if canImport(Darwin)
      var info = mach_task_basic_info()
      var words = mach_msg_type_number_t(MemoryLayout.size(ofValue: info) / MemoryLayout<natural_t>.size)
      let status = withUnsafeMutableBytes(of: &info) {
        task_info(
          mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO),
          $0.bindMemory(to: integer_t.self).baseAddress, &words)
      }
      return status == KERN_SUCCESS ? Int(info.resident_size) : 0
    #else
      return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
        let count = pread(statistics, buffer.baseAddress, buffer.count, 0)
        let fields = buffer.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
        let pages = fields.count > 1 ? Int(String(decoding: fields[1], as: UTF8.self)) ?? 0 : 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
      }
    #endif
  }
}
