import Synchronization

/// A language model together with its optimiser and the optimiser's state: one immutable value.
///
/// Holding a policy keeps it as it is; an update gives a new one. Blocks of memory are passed on from
/// policies nobody holds any more.
public final class Policy: Sendable {
  /// The sizes.
  public let configuration: PolicyConfiguration
  /// How gradients become updates.
  public let optimizer: OptimizerConfiguration
  /// The number of updates this optimiser has made.
  public let updates: Int
  /// What its tokens stand for, where it was made for a task.
  public let tokenizer: Tokenizer?
  let table: ParameterTable
  let weights: Storage<Float>
  /// First moments, then second, where the optimiser keeps any and has made an update.
  let moments: Storage<Float>?
  private let packed = Mutex<PackedWeights?>(nil)
  private let packedBackward = Mutex<PackedWeights?>(nil)
  private let rotary: RotaryCache

  /// A policy with weights drawn from `seed`.
  ///
  /// Throws `EngineError` for sizes that make no model or do not fit in memory.
  public convenience init(
    configuration: PolicyConfiguration, seed: UInt64,
    optimizer: OptimizerConfiguration = OptimizerConfiguration(), tokenizer: Tokenizer? = nil
  ) throws(EngineError) {
    try configuration.validate()
    try optimizer.validate()
    let table = ParameterTable(configuration)
    let weights = try Storage<Float>(uninitialized: table.count, for: "policy")
    InitialWeights.fill(weights.base, table, configuration, seed: seed)
    self.init(
      configuration, optimizer, table, RotaryCache(configuration), weights: weights, moments: nil, updates: 0,
      tokenizer: tokenizer)
  }

  /// A policy of its parts: weights laid out by `table`, and an optimiser with its state so far.
  convenience init(
    _ configuration: PolicyConfiguration, _ table: ParameterTable, weights: Storage<Float>,
    optimizer: OptimizerConfiguration = OptimizerConfiguration(), moments: Storage<Float>? = nil,
    updates: Int = 0, tokenizer: Tokenizer? = nil
  ) {
    self.init(
      configuration, optimizer, table, RotaryCache(configuration), weights: weights, moments: moments,
      updates: updates, tokenizer: tokenizer)
  }

  private init(
    _ configuration: PolicyConfiguration, _ optimizer: OptimizerConfiguration, _ table: ParameterTable,
    _ rotary: RotaryCache, weights: Storage<Float>, moments: Storage<Float>?, updates: Int,
    tokenizer: Tokenizer?
  ) {
    self.configuration = configuration
    self.optimizer = optimizer
    self.table = table
    self.rotary = rotary
    self.weights = weights
    self.moments = moments
    self.updates = updates
    self.tokenizer = tokenizer
  }

  /// The same weights under another optimiser, which starts from nothing.
  public func withFreshOptimizer(_ optimizer: OptimizerConfiguration) throws(EngineError) -> Policy {
    try optimizer.validate()
    return Policy(
      configuration, optimizer, table, rotary, weights: weights, moments: nil, updates: 0,
      tokenizer: tokenizer)
  }

  /// The policy that follows this one.
  func successor(weights: Storage<Float>, moments: Storage<Float>?) -> Policy {
    Policy(
      configuration, optimizer, table, rotary, weights: weights, moments: moments, updates: updates + 1,
      tokenizer: tokenizer)
  }

  /// The same policy with other weights, its optimiser fresh.
  func replacing(weights: Storage<Float>) -> Policy {
    Policy(
      configuration, optimizer, table, rotary, weights: weights, moments: nil, updates: 0,
      tokenizer: tokenizer)
  }

  /// The number of weights.
  public var parameterCount: Int { table.count }

  /// The named tensors, in the order of the flat weights.
  public var tensors: [ParameterTensor] { table.tensors }

  /// Calls `body` with the flat weights; `tensors` says what lies where.
  public func withWeights<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) {
      try body(UnsafeBufferPointer(start: weights.base, count: weights.count))
    }
  }

  /// 64 bits that differ, in all likelihood, wherever a weight or a number of the optimiser's state does.
  public var fingerprint: UInt64 {
    var hash = Fingerprint()
    hash.add(UInt64(updates))
    hash.add(Floats(weights.base), weights.count)
    if let moments { hash.add(Floats(moments.base), moments.count) }
    return hash.value
  }

  /// The fingerprint as sixteen hexadecimal digits.
  public var fingerprintDigits: String {
    let digits = String(fingerprint, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  func forwardWeights() throws(EngineError) -> PackedWeights { try packed(packed, .forward) }

  func backwardWeights() throws(EngineError) -> PackedWeights { try packed(packedBackward, .backward) }

  private func packed(
    _ cell: borrowing Mutex<PackedWeights?>, _ direction: PackedWeights.Direction
  ) throws(EngineError) -> PackedWeights {
    try cell.withLock { (held) throws(EngineError) -> PackedWeights in
      if let held { return held }
      let made = try PackedWeights(direction, Floats(weights.base), table, configuration)
      held = made
      return made
    }
  }

  /// Rotary angles for at least `positions` positions.
  func rotaryTable(_ positions: Int) throws(EngineError) -> RotaryTable { try rotary.table(positions) }
}

/// The largest table of rotary angles so far, shared by a policy and those that follow it.
private final class RotaryCache: Sendable {
  private let configuration: PolicyConfiguration
  private let held = Mutex<RotaryTable?>(nil)

  init(_ configuration: PolicyConfiguration) { self.configuration = configuration }

  func table(_ positions: Int) throws(EngineError) -> RotaryTable {
    let configuration = configuration
    return try held.withLock { (held) throws(EngineError) -> RotaryTable in
      if let held, held.positions >= positions { return held }
      let table = try RotaryTable(
        positions: max(64, positions + positions / 2), headWidth: configuration.headWidth,
        base: configuration.ropeBase)
      held = table
      return table
    }
  }
}

/// A hash of numbers' bits, in eight streams.
struct Fingerprint {
  private var streams = SIMD8<UInt64>(1, 2, 3, 4, 5, 6, 7, 8) &* 0x9E37_79B9_7F4A_7C15

  mutating func add(_ value: UInt64) {
    streams = (streams ^ SIMD8(repeating: value)) &* 0x2545_F491_4F6C_DD1D
    streams ^= streams &>> 29
  }

  mutating func add(_ values: Floats, _ count: Int) {
    var i = 0
    while i + 8 <= count {
      let bits = unsafeBitCast(values.eight(i), to: SIMD8<UInt32>.self)
      streams = (streams ^ SIMD8<UInt64>(truncatingIfNeeded: bits)) &* 0x2545_F491_4F6C_DD1D
      streams ^= streams &>> 29
      i += 8
    }
    while i < count {
      add(UInt64(values[i].bitPattern))
      i += 1
    }
  }

  var value: UInt64 {
    var hash: UInt64 = 0
    for i in 0..<8 {
      hash = (hash ^ streams[i]) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
    }
    return hash
  }
}
