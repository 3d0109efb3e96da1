#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension MatrixTile {
  /// Whether a tile of 8 x 32 fits the registers (AVX-512); it decides speed alone, never bits.
  ///
  /// Code compiled for a processor by name does not look.
  static let hasWideRegisters: Bool = {
    #if arch(x86_64) && os(Linux) && PROCESSOR_OF_THIS_MACHINE
      guard let file = fopen("/proc/cpuinfo", "r") else { return false }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 8192)
      while fgets(&line, Int32(line.count), file) != nil {
        if strncmp(line, "flags", 5) == 0 { return strstr(line, " avx512f") != nil }
      }
    #endif
    return false
  }()
}
