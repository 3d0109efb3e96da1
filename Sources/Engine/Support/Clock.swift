/// The system's clocks, on which nothing that is computed depends.
public enum Clock {
  /// Seconds since some moment in the past; it never goes back.
  public static var uptime: Double { seconds(CLOCK_MONOTONIC) }

  /// Seconds since 1970.
  public static var wallTime: Double { seconds(CLOCK_REALTIME) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }

  /// A moment in universal time, such as `2026-11-21T17:05:00Z`.
  public static func text(_ wallTime: Double) -> String {
    var seconds = time_t(wallTime)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
