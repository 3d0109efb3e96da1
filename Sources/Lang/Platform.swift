// Every file of the language sees the C library of the system through this import.
#if canImport(Darwin)
  @_exported import Darwin
#else
  @_exported import Glibc
#endif
