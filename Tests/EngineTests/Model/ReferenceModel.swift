@testable import Engine

/// The policy's forward pass once more, in double precision, a token at a time and without any cleverness:
/// what the kernels are held against.
struct ReferenceModel {
  let c: PolicyConfiguration
  /// Where the tensors begin, by their names in Hugging Face's files.
  private let offsets: [String: Int]
  var w: [Double]

  init(_ policy: Policy) {
    c = policy.configuration
    offsets = Dictionary(policy.tensors.map { ($0.name, $0.offset) }) { first, _ in first }
    w = policy.withWeights { $0.map(Double.init) }
  }

  private func at(_ name: String) -> Int {
    offsets[name + ".weight"] ?? offsets["model.embed_tokens.weight"] ?? 0
  }

  private func norm(_ x: [Double], _ gain: Int) -> [Double] {
    let r = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + c.normEpsilon).squareRoot()
    return x.indices.map { x[$0] * r * w[gain + $0] }
  }

  private func matrix(_ x: [Double], _ offset: Int, _ outputs: Int) -> [Double] {
    (0..<outputs).map { o in x.indices.reduce(0.0) { $0 + x[$1] * w[offset + o * x.count + $1] } }
  }

  private func rotated(_ x: [Double], _ position: Int) -> [Double] {
    let half = x.count / 2
    var y = x
    for i in 0..<half {
      let angle = Double(position) * pow(c.ropeBase, -2 * Double(i) / Double(x.count))
      y[i] = x[i] * cos(angle) - x[half + i] * sin(angle)
      y[half + i] = x[half + i] * cos(angle) + x[i] * sin(angle)
    }
    return y
  }

  /// The logits after each token; of a scalar model, its one output.
  ///
  /// `experts` says through which experts tokens go in each mixture layer, `[token][layer]`.
  func logits(_ tokens: [Int32], experts: [[[Int]]]? = nil) -> [[Double]] {
    var shares: [[[Double]]] = []
    return logits(tokens, experts, &shares)
  }

  /// The shares that routers give to every expert, `[token][layer][expert]`.
  func routerShares(_ tokens: [Int32], experts: [[[Int]]]) -> [[[Double]]] {
    var shares: [[[Double]]] = []
    _ = logits(tokens, experts, &shares)
    return shares
  }

  private func logits(_ tokens: [Int32], _ experts: [[[Int]]]?, _ shares: inout [[[Double]]]) -> [[Double]] {
    shares = tokens.map { _ in [] }
    var xs = tokens.map { token in
      (0..<c.width).map { w[at("model.embed_tokens") + Int(token) * c.width + $0] }
    }
    for layer in 0..<c.layers {
      let number = c.mixtureLayers.firstIndex(of: layer) ?? 0
      func at(_ name: String) -> Int { self.at("model.layers.\(layer).\(name)") }
      var keys: [[[Double]]] = []
      var values: [[[Double]]] = []
      for position in xs.indices {
        let all = matrix(
          norm(xs[position], at("input_layernorm")), at("self_attn.q_proj"),
          (c.heads + 2 * c.kvHeads) * c.headWidth)
        func part(_ h: Int) -> [Double] { Array(all[h * c.headWidth..<(h + 1) * c.headWidth]) }
        keys.append(
          (0..<c.kvHeads).map { rotated(norm(part(c.heads + $0), at("self_attn.k_norm")), position) })
        values.append((0..<c.kvHeads).map { part(c.heads + c.kvHeads + $0) })
        var mixed: [Double] = []
        for h in 0..<c.heads {
          let q = rotated(norm(part(h), at("self_attn.q_norm")), position)
          let kv = h * c.kvHeads / c.heads
          let scores = (0...position).map { j in
            q.indices.reduce(0.0) { $0 + q[$1] * keys[j][kv][$1] } / Double(c.headWidth).squareRoot()
          }
          let largest = scores.max() ?? 0
          let e = scores.map { exp($0 - largest) }
          let sum = e.reduce(0, +)
          mixed += (0..<c.headWidth).map { d in
            (0...position).reduce(0.0) { $0 + e[$1] / sum * values[$1][kv][d] }
          }
        }
        let attended = matrix(mixed, at("self_attn.o_proj"), c.width)
        for i in 0..<c.width { xs[position][i] += attended[i] }
        let normed = norm(xs[position], at("post_attention_layernorm"))
        func feed(_ name: String, _ hidden: Int, weight: Double) {
          let gu = matrix(normed, at(name + ".gate_proj"), 2 * hidden)
          let a = (0..<hidden).map { gu[$0] / (1 + exp(-gu[$0])) * gu[hidden + $0] }
          let fed = matrix(a, at(name + ".down_proj"), c.width)
          for i in 0..<c.width { xs[position][i] += weight * fed[i] }
        }
        if let mixture = c.mixture, !mixture.denseLayers.contains(layer) {
          let logits = matrix(normed, at("mlp.gate"), mixture.experts)
          let e = logits.map { exp($0 - (logits.max() ?? 0)) }
          let best = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
            .prefix(mixture.active)
          let used = experts?[position][number] ?? Array(best)
          shares[position].append(e.map { $0 / e.reduce(0, +) })
          let sum = mixture.normalized ? used.reduce(0) { $0 + e[$1] } : e.reduce(0, +)
          for expert in used { feed("mlp.experts.\(expert)", mixture.width, weight: e[expert] / sum) }
        } else {
          feed("mlp", c.ffnWidth, weight: 1)
        }
      }
    }
    let (head, outputs) = c.head == .scalar ? ("score", 1) : ("lm_head", c.vocabulary)
    return xs.map { matrix(norm($0, at("model.norm")), at(head), outputs) }
  }

  /// Log-probabilities and entropies of all completion tokens.
  func tokens(_ sequences: TokenSequences, temperature: Double) -> (logProbs: [Double], entropy: [Double]) {
    var logProbs: [Double] = []
    var entropy: [Double] = []
    for (index, completion) in sequences.completions.enumerated() {
      let prompt = sequences.prompts[sequences.promptOf[index]]
      let rows = logits(prompt + completion)
      for (i, token) in completion.enumerated() {
        let z = rows[prompt.count + i - 1].map { $0 / temperature }
        let largest = z.max() ?? 0
        let sum = log(z.reduce(0) { $0 + exp($1 - largest) })
        logProbs.append(z[Int(token)] - largest - sum)
        entropy.append(z.reduce(0) { $0 - exp($1 - largest - sum) * ($1 - largest - sum) })
      }
    }
    return (logProbs, entropy)
  }
}

/// Policies and batches of awkward sizes.
enum TestModels {
  static let configurations = [
    PolicyConfiguration(vocabulary: 11, layers: 1, width: 8, heads: 2, headWidth: 4, ffnWidth: 12),
    PolicyConfiguration(
      vocabulary: 37, layers: 2, width: 24, heads: 4, kvHeads: 2, headWidth: 6, ffnWidth: 40, ropeBase: 500),
    PolicyConfiguration(
      vocabulary: 20, layers: 3, width: 33, heads: 3, kvHeads: 1, headWidth: 16, ffnWidth: 50, tiedHead: true),
    PolicyConfiguration(vocabulary: 64, layers: 2, width: 64, heads: 2, headWidth: 32, ffnWidth: 96),
    PolicyConfiguration(vocabulary: 16, layers: 3, width: 40, heads: 2, headWidth: 40, ffnWidth: 64),
    PolicyConfiguration(
      vocabulary: 11, layers: 2, width: 24, heads: 2, headWidth: 8,
      mixture: MixtureConfiguration(experts: 5, active: 2, width: 20)),
    PolicyConfiguration(
      vocabulary: 19, layers: 3, width: 33, heads: 3, kvHeads: 1, headWidth: 16, ffnWidth: 30, tiedHead: true,
      mixture: MixtureConfiguration(experts: 20, active: 3, width: 9, normalized: false, denseLayers: [1])),
    PolicyConfiguration(
      vocabulary: 64, layers: 2, width: 64, heads: 2, headWidth: 32,
      mixture: MixtureConfiguration(experts: 8, active: 8, width: 32)),
  ]

  static func policy(_ index: Int, seed: UInt64 = 5) throws -> Policy {
    let policy = try Policy(configuration: configurations[index], seed: seed)
    let next = try Storage<Float>(uninitialized: policy.parameterCount, for: "test")
    // Gains away from one and a livelier head, so that an error anywhere shows.
    let noise = Philox(seed: seed, .script, 99)
    policy.withWeights { weights in
      for tensor in policy.tensors {
        for i in tensor.offset..<tensor.offset + tensor.count {
          let n = Float(noise.uniform(at: UInt64(i)) - 0.5)
          switch tensor.role {
          case .gain: next.base[i] = 1 + n
          case .head: next.base[i] = weights[i] + n
          case .embedding, .projection, .router, .residualProjection: next.base[i] = weights[i]
          }
        }
      }
    }
    return policy.replacing(weights: next)
  }

  /// Prompts and completions of many lengths, none and one token among them.
  static func sequences(vocabulary: Int, lengths: [(Int, [Int])] = shapes, seed: UInt64 = 8) -> TokenSequences
  {
    let stream = Philox(seed: seed, .prompts)
    var counter: UInt64 = 0
    func tokens(_ count: Int) -> [Int32] {
      (0..<count).map { _ in
        counter += 1
        return Int32(stream.integer(below: vocabulary, at: counter))
      }
    }
    var sequences = TokenSequences(prompts: [], promptOf: [], completions: [])
    for (prompt, completions) in lengths {
      sequences.prompts.append(tokens(prompt))
      for completion in completions {
        sequences.promptOf.append(sequences.prompts.count - 1)
        sequences.completions.append(tokens(completion))
      }
    }
    return sequences
  }

  static let shapes = [(3, [4, 1, 0, 6]), (1, [2]), (17, [18, 3]), (2, []), (5, [0]), (4, [1, 1])]
}
