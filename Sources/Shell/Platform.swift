// The one file of the shell that knows which system it runs on. Every file of it sees the C library through this import.
#if canImport(Darwin)
  @_exported import Darwin
#else
  @_exported import Glibc
#endif
