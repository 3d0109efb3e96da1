/// What a saved policy is beside its weights, so that training goes on as if it had never stopped: `rls.json`.
struct TrainingState {
  /// The updates the optimiser has made.
  var updates: Int
  var optimizer: OptimizerConfiguration
  /// What the tokens stand for, where the policy was made for a task.
  var tokenizer: (any Tokenizer)?
  /// The policy's fingerprint, by which files that do not belong together are found out.
  var fingerprint: String

  /// The version of the files' layout.
  private static let version = 1

  init(_ policy: Policy) {
    updates = policy.updates
    optimizer = policy.optimizer
    tokenizer = policy.tokenizer
    fingerprint = policy.fingerprintDigits
  }

  init(_ file: JSONFields) throws(EngineError) {
    let version = try file.integer("version")
    guard version == TrainingState.version else {
      throw file.failure(
        "`version` is \(version), but this rls reads version \(TrainingState.version)")
    }
    updates = try file.integer("updates")
    guard updates >= 0 else { throw file.failure("`updates` is \(updates), but has to be at least 0") }
    fingerprint = try file.text("fingerprint")
    guard let optimizer = try file.fields("optimizer") else { throw file.failure("has no `optimizer`") }
    self.optimizer = try OptimizerConfiguration(optimizer)
    if let texts = try file.texts(CharacterTokenizer.stateName) {
      guard let tokenizer = CharacterTokenizer(state: texts) else {
        throw file.failure("`characters` are not single characters in the order of their code points")
      }
      self.tokenizer = tokenizer
    }
  }

  /// The file.
  var file: JSON {
    .object(
      [
        JSON.Field(name: "version", value: JSON(TrainingState.version)),
        JSON.Field(name: "fingerprint", value: .string(fingerprint)),
        JSON.Field(name: "updates", value: JSON(updates)),
        JSON.Field(name: "optimizer", value: optimizer.file),
        tokenizer?.state ?? JSON.Field(name: CharacterTokenizer.stateName, value: .null),
      ])
  }
}

extension OptimizerConfiguration {
  fileprivate init(_ file: JSONFields) throws(EngineError) {
    let method: Method
    switch try file.text("method") {
    case "adamw":
      method = .adamW(
        beta1: try file.number("beta1"), beta2: try file.number("beta2"), epsilon: try file.number("eps"))
    case "sgd": method = .sgd(momentum: try file.number("momentum"))
    case let name: throw file.failure("`method` is \(JSON.quoted(name)), expected \"adamw\" or \"sgd\"")
    }
    let decay: LearningRateSchedule.Decay
    switch try file.text("decay") {
    case "constant": decay = .constant
    case "linear":
      decay = .linear(steps: try file.integer("decay_steps"), final: try file.number("final"))
    case "cosine":
      decay = .cosine(steps: try file.integer("decay_steps"), final: try file.number("final"))
    case let name:
      throw file.failure("`decay` is \(JSON.quoted(name)), expected \"constant\", \"linear\" or \"cosine\"")
    }
    self.init(
      method, learningRate: try file.number("lr"),
      schedule: LearningRateSchedule(warmup: try file.integer("warmup"), decay: decay),
      weightDecay: try file.number("weight_decay"), clipNorm: try file.optionalNumber("clip_norm"))
    do throws(EngineError) {
      try validate()
    } catch {
      throw file.failure(error.message, hint: error.hint)
    }
  }

  fileprivate var file: JSON {
    .object(
      methodFields + [
        JSON.Field(name: "lr", value: .number(learningRate)),
        JSON.Field(name: "weight_decay", value: .number(weightDecay)),
        JSON.Field(name: "clip_norm", value: clipNorm.map { .number($0) } ?? .null),
        JSON.Field(name: "warmup", value: JSON(schedule.warmup)),
      ] + decayFields)
  }

  private var methodFields: [JSON.Field] {
    switch method {
    case .adamW(let beta1, let beta2, let epsilon):
      [
        JSON.Field(name: "method", value: "adamw"), JSON.Field(name: "beta1", value: .number(beta1)),
        JSON.Field(name: "beta2", value: .number(beta2)), JSON.Field(name: "eps", value: .number(epsilon)),
      ]
    case .sgd(let momentum):
      [JSON.Field(name: "method", value: "sgd"), JSON.Field(name: "momentum", value: .number(momentum))]
    }
  }

  private var decayFields: [JSON.Field] {
    func fields(_ name: JSON, _ steps: Int, _ final: Double) -> [JSON.Field] {
      [
        JSON.Field(name: "decay", value: name), JSON.Field(name: "decay_steps", value: JSON(steps)),
        JSON.Field(name: "final", value: .number(final)),
      ]
    }
    return switch schedule.decay {
    case .constant: [JSON.Field(name: "decay", value: "constant")]
    case .linear(let steps, let final): fields("linear", steps, final)
    case .cosine(let steps, let final): fields("cosine", steps, final)
    }
  }

  /// What the optimiser keeps for every weight, by PyTorch's names, in the order of the policy's moments.
  var stateNames: [String] {
    switch method {
    case .adamW: ["exp_avg", "exp_avg_sq"]
    case .sgd(let momentum): momentum == 0 ? [] : ["momentum_buffer"]
    }
  }
}
