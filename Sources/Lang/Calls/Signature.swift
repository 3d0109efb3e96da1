/// A function's name and parameters.
public struct Signature: Sendable {
  /// One parameter.
  public struct Parameter: Sendable {
    /// How a parameter gets its value.
    public enum Kind: Sendable {
      case required
      /// With the value it has when it is not given.
      case optional(Value)
      /// All further arguments without a name, as a list.
      case rest
      /// All further arguments with a name, as a record.
      case namedRest
    }

    /// What a text given for a parameter stands for; completion offers what fits.
    public enum Texts: Sendable {
      case anything
      /// One of these.
      case words([String])
      /// A file or a folder.
      case file
      /// A column of the call's first argument.
      case column
      /// A variable of the session.
      case variable
    }

    /// What the parameter is called, by which an argument can be given as `name: value`.
    public let name: String
    /// Words for a default that is no plain value, for help.
    let words: String?
    /// Whether it has to be given, and what stands for it otherwise.
    public let kind: Kind
    /// What a text given for it stands for.
    public let texts: Texts
    /// What it means, in one line; empty where nothing says it.
    public let meaning: String

    init(name: String, words: String?, kind: Kind, texts: Texts = .anything, meaning: String = "") {
      self.name = name
      self.words = words
      self.kind = kind
      self.texts = texts
      self.meaning = meaning
    }

    /// The parameter as a signature shows it: `count = 50`.
    var text: String {
      switch kind {
      case .required: name
      case .optional(let standard): "\(name) = \(words ?? Signature.written(standard))"
      case .rest: "\(name)..."
      case .namedRest: "\(name): ..."
      }
    }
  }

  /// A default as a program would write it.
  private static func written(_ value: Value) -> String {
    guard let number = value.asNumber else { return value.asText.map(Text.quoted) ?? value.summary }
    let text = Printing.exact(number)
    return text.replacing("e-0", with: "e-")
  }

  /// The function's name, as help and errors write it.
  public let name: String
  /// In the order in which arguments without a name fill them.
  public let parameters: [Parameter]
  /// The number of arguments by position that fit as they are; -1 where none do.
  let plainCount: Int

  init(name: String, parameters: [Parameter]) {
    self.name = name
    self.parameters = parameters
    let isPlain = parameters.allSatisfy {
      switch $0.kind {
      case .required, .optional: true
      case .rest, .namedRest: false
      }
    }
    self.plainCount = isPlain ? parameters.count : -1
  }

  /// The signature as it is written: `linspace(from, to, count = 50)`.
  public var text: String {
    "\(name)(\(parameters.map(\.text).joined(separator: ", ")))"
  }

  /// The names of the parameters that need not be given.
  var optionalNames: [String] {
    parameters.compactMap { if case .optional = $0.kind { $0.name } else { nil } }
  }

  /// Puts arguments in the order of the parameters.
  func bind(_ positional: [Value], _ named: [(name: String, value: Value)]) throws -> [Value] {
    var values = [Value](repeating: .missing, count: parameters.count)
    var rest: [Value] = []
    var others: [(String, Value)] = []
    let slots = parameters.indices.filter {
      if case .rest = parameters[$0].kind {
        false
      } else if case .namedRest = parameters[$0].kind {
        false
      } else {
        true
      }
    }
    let restSlot = parameters.firstIndex { if case .rest = $0.kind { true } else { false } }
    let namedSlot = parameters.firstIndex { if case .namedRest = $0.kind { true } else { false } }
    for (i, value) in positional.enumerated() {
      if i < slots.count, restSlot == nil || slots[i] < restSlot ?? 0 {
        values[slots[i]] = value
      } else if restSlot != nil {
        rest.append(value)
      } else {
        throw RuntimeError(
          "\(name) takes \(slots.count == 1 ? "1 argument" : "\(slots.count) arguments"), got \(positional.count + named.count)",
          help: "it is written \(text)")
      }
    }
    for (label, value) in named {
      if let slot = slots.first(where: { parameters[$0].name == label }) {
        guard values[slot].isMissing else { throw RuntimeError("\(name): `\(label)` is given twice") }
        values[slot] = value
      } else if namedSlot != nil {
        others.append((label, value))
      } else {
        let nearest = Suggestion.nearest(to: label, among: slots.map { parameters[$0].name })
        throw RuntimeError(
          "\(name) has no parameter `\(label)`",
          help: nearest.map { "did you mean `\($0):`?" } ?? "it is written \(text)")
      }
    }
    for (slot, parameter) in parameters.enumerated() {
      switch parameter.kind {
      case .required:
        if values[slot].isMissing {
          throw RuntimeError("\(name) needs `\(parameter.name)`", help: "it is written \(text)")
        }
      case .optional(let standard): if values[slot].isMissing { values[slot] = standard }
      case .rest: values[slot] = .list(rest)
      case .namedRest: values[slot] = .object(Record(others))
      }
    }
    return values
  }
}
