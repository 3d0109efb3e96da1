import Engine

/// A critic, a reward model or a discriminator: a transformer with a head of one number, and its optimiser.
public final class ScalarModelObject: Object, Saveable, @unchecked Sendable {
  /// The engine's model; an update makes a new object.
  public let model: ScalarModel

  /// Wraps `model`.
  public init(_ model: ScalarModel) {
    self.model = model
    super.init()
  }

  func save(to path: String, ending: String, _ call: Call) throws { try model.save(to: path) }

  public override var kind: String { "critic" }
  override func identity(_ identity: Identity) -> JSON { .string("critic \(model.identity)") }
  public override var byteCount: Int { model.parameterCount * 4 * (model.updates > 0 ? 3 : 1) }
  public override var summary: String {
    let c = model.configuration
    return
      "critic of \(PolicyObject.readable(model.parameterCount)) parameters (\(c.layers) layers, width \(c.width)), \(model.updates) updates"
  }
  public override func display(_ layout: Layout) -> String {
    "\(summary)\n  learning rate \(Printing.number(model.optimizer.learningRate)); fingerprint \(model.fingerprintDigits)"
  }

  private static let meanings = [
    "parameters": "how many weights it has", "updates": "the optimiser steps it has taken",
    "lr": "its learning rate", "layers": "its blocks of attention and feed-forward",
    "width": "numbers per token between layers",
    "fingerprint": "a hash of weights and optimiser state: equal where every bit is",
  ]
  override func meaning(ofMember name: String) -> String? { ScalarModelObject.meanings[name] }

  public override var memberNames: [String] {
    ["parameters", "updates", "lr", "layers", "width", "fingerprint"]
  }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "parameters": .number(Double(model.parameterCount))
    case "updates": .number(Double(model.updates))
    case "lr": .number(model.optimizer.learningRate)
    case "layers": .number(Double(model.configuration.layers))
    case "width": .number(Double(model.configuration.width))
    case "fingerprint": .text(model.fingerprintDigits)
    default: nil
    }
  }
}

extension Kind where T == ScalarModel {
  /// A critic, a reward model or a discriminator.
  static var scalarModel: Kind {
    Kind("a critic or a reward model") { value, _ in
      if case .object(let object) = value { (object as? ScalarModelObject)?.model } else { nil }
    }
  }
}
