import Synchronization

/// A language model together with its optimiser and the optimiser's state: one immutable value.
///
/// Holding a policy keeps it as it is; an update gives a new one. Blocks of memory are passed on from
/// policies nobody holds any more.
public final class Policy: Sendable {
  /// The sizes.
  public var configuration: PolicyConfiguration { model.configuration }
  /// How gradients become updates.
  public let optimizer: OptimizerConfiguration
  /// The number of updates this optimiser has made.
  public let updates: Int
  /// What its tokens stand for, where it was made for a task.
  public let tokenizer: (any Tokenizer)?
  let model: Model
  /// What runs it.
  let backend: any Backend = Processor()
  let weights: Storage<Float>
  /// What the optimiser keeps for every weight, a block for each of its `stateNames`; none before the first update.
  let moments: [Storage<Float>]
  private let packed = Mutex<PackedWeights?>(nil)
  private let rotary: RotaryCache

  /// A policy with weights drawn from `seed`.
  ///
  /// Throws `EngineError` for sizes that make no model or do not fit in memory.
  public convenience init(
    configuration: PolicyConfiguration, seed: UInt64,
    optimizer: OptimizerConfiguration = OptimizerConfiguration(), tokenizer: (any Tokenizer)? = nil
  ) throws(EngineError) {
    try configuration.validate()
    try optimizer.validate()
    let model = Model(configuration)
    self.init(
      model, weights: try InitialWeights.draw(model, seed: seed), optimizer: optimizer, tokenizer: tokenizer)
  }

  /// A policy of its parts: weights laid out by the model's table, and an optimiser with its state so far.
  convenience init(
    _ model: Model, weights: Storage<Float>, optimizer: OptimizerConfiguration = OptimizerConfiguration(),
    moments: [Storage<Float>] = [], updates: Int = 0, tokenizer: (any Tokenizer)? = nil
  ) {
    self.init(
      model, optimizer, RotaryCache(model.configuration), weights: weights, moments: moments,
      updates: updates, tokenizer: tokenizer)
  }

  private init(
    _ model: Model, _ optimizer: OptimizerConfiguration, _ rotary: RotaryCache, weights: Storage<Float>,
    moments: [Storage<Float>], updates: Int, tokenizer: (any Tokenizer)?
  ) {
    self.model = model
    self.optimizer = optimizer
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
      model, optimizer, rotary, weights: weights, moments: [], updates: 0, tokenizer: tokenizer)
  }

  /// The policy that follows this one.
  func successor(weights: Storage<Float>, moments: [Storage<Float>]) -> Policy {
    Policy(
      model, optimizer, rotary, weights: weights, moments: moments, updates: updates + 1,
      tokenizer: tokenizer)
  }

  /// The same policy with other weights, its optimiser fresh.
  func replacing(weights: Storage<Float>) -> Policy {
    Policy(model, optimizer, rotary, weights: weights, moments: [], updates: 0, tokenizer: tokenizer)
  }

  /// What messages call it: the network of a critic or reward model is a "model".
  var kind: String { configuration.head == .scalar ? "model" : "policy" }

  /// The number of weights.
  public var parameterCount: Int { model.table.count }

  /// The named tensors, in the order of the flat weights.
  public var tensors: [ParameterTensor] { model.table.tensors }

  /// Calls `body` with the flat weights; `tensors` says what lies where.
  public func withWeights<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(weights) { try body(UnsafeBufferPointer(weights.elements)) }
  }

  /// 64 bits that differ, in all likelihood, wherever a weight or a number of the optimiser's state does.
  public var fingerprint: UInt64 {
    var hash = Fingerprint()
    hash.add(UInt64(updates))
    hash.add([weights.view])
    hash.add(moments.map(\.view))
    return hash.value
  }

  /// What tells policies apart that would learn differently: the fingerprint, shape, optimiser and tokens.
  public var identity: String {
    let rest = "\(configuration) \(optimizer) \(tokenizer.map { JSON.object([$0.state]).line } ?? "")"
    return "\(fingerprintDigits) \(String(TextHash.of(rest), radix: 16))"
  }

  /// The fingerprint as sixteen hexadecimal digits.
  public var fingerprintDigits: String { fingerprint.hexadecimal }

  /// The matrices of the forward pass, packed at the first use and until `dropPackedWeights`.
  func packedWeights() throws(EngineError) -> PackedWeights {
    try packed.withLock { (held) throws(EngineError) -> PackedWeights in
      if let held { return held }
      let made = try PackedWeights(self)
      held = made
      return made
    }
  }

  /// Gives the memory of the packed matrices back; whoever goes on using this policy packs them again.
  func dropPackedWeights() { packed.withLock { $0 = nil } }

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
