import Engine

/// A policy: weights, optimiser and the optimiser's state, one value.
public final class PolicyObject: Object, Saveable, @unchecked Sendable {
  /// The engine's policy; an update makes a new object.
  public let policy: Policy

  /// Wraps `policy`.
  public init(_ policy: Policy) {
    self.policy = policy
    super.init()
  }

  func save(to path: String, ending: String, _ call: Call) throws { try policy.save(to: path) }

  public override var kind: String { "policy" }
  override func identity(_ identity: Identity) -> JSON { .string("policy \(policy.identity)") }
  public override var byteCount: Int { policy.parameterCount * 4 * (policy.updates > 0 ? 3 : 1) }
  public override var summary: String {
    let c = policy.configuration
    return
      "policy of \(PolicyObject.readable(policy.parameterCount)) parameters (\(c.layers) layers, width \(c.width)), \(policy.updates) updates"
  }
  public override func display(_ layout: Layout) -> String {
    let c = policy.configuration
    let optimizer = policy.optimizer
    let method =
      switch optimizer.method {
      case .adamW: "adamw"
      case .sgd: "sgd"
      }
    return """
      policy of \(PolicyObject.readable(policy.parameterCount)) parameters\
      \(c.mixture == nil ? "" : ", \(PolicyObject.readable(c.activeParameterCount)) active"), \(policy.updates) updates
        \(c.layers) layers, width \(c.width), \(c.heads) heads of \(c.headWidth)\(c.kvHeads == c.heads ? "" : " on \(c.kvHeads) key-value heads"), \
      \(PolicyObject.feedForward(c)), \(c.vocabulary) tokens\(c.tiedHead ? ", tied head" : "")
        \(method), learning rate \(Printing.number(optimizer.learningRate)); fingerprint \(policy.fingerprintDigits)
      """
  }

  private static func feedForward(_ c: PolicyConfiguration) -> String {
    guard let mixture = c.mixture else { return "feed-forward \(c.ffnWidth)" }
    let dense = mixture.denseLayers.sorted().map { "\($0)" }.joined(separator: ", ")
    return "\(mixture.experts) experts of \(mixture.width), \(mixture.active) active"
      + (mixture.normalized ? "" : ", weights not normalised")
      + (dense.isEmpty ? "" : ", dense layers \(dense) of \(c.ffnWidth)")
      + (mixture.noise.map { ", routing noise \(Printing.number($0.deviation))" } ?? "")
  }

  static func readable(_ count: Int) -> String {
    count < 10_000 ? "\(count)" : count < 10_000_000 ? "\(count / 1000)k" : "\(count / 1_000_000)M"
  }

  private static let meanings = [
    "parameters": "how many weights it has", "updates": "the optimiser steps it has taken",
    "lr": "its learning rate", "layers": "its blocks of attention and feed-forward",
    "width": "numbers per token between layers", "heads": "query heads", "kv_heads": "key and value heads",
    "vocabulary": "how many tokens it knows",
    "fingerprint": "a hash of weights and optimiser state: equal where every bit is",
  ]
  override func meaning(ofMember name: String) -> String? { PolicyObject.meanings[name] }

  public override var memberNames: [String] {
    (policy.configuration.mixture == nil ? [] : ["active_parameters", "experts", "active"]) + [
      "parameters", "updates", "lr", "layers", "width", "heads", "kv_heads", "vocabulary", "fingerprint",
    ]
  }
  public override func member(_ name: String) throws -> Value? {
    let c = policy.configuration
    let number: Int
    switch name {
    case "parameters": number = policy.parameterCount
    case "active_parameters": number = c.activeParameterCount
    case "experts": number = c.mixture?.experts ?? 0
    case "active": number = c.mixture?.active ?? 0
    case "updates": number = policy.updates
    case "layers": number = c.layers
    case "width": number = c.width
    case "heads": number = c.heads
    case "kv_heads": number = c.kvHeads
    case "vocabulary": number = c.vocabulary
    case "lr": return .number(policy.optimizer.learningRate)
    case "fingerprint": return .text(policy.fingerprintDigits)
    default: return nil
    }
    return .number(Double(number))
  }
}

extension Kind where T == Policy {
  /// A policy, or the policy of a run.
  static var policy: Kind {
    Kind("a policy") { value, _ in
      guard case .object(let object) = value else { return nil }
      if let run = object as? RunObject { return try run.policy().as(PolicyObject.self)?.policy }
      return (object as? PolicyObject)?.policy
    }
  }
}
