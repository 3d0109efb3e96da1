/// The part of the library that is written in the language.
enum Library {
  /// The functions by name, parsed once.
  static let functions: [String: FunctionSyntax] = {
    let source = Source(name: "library", text: String(decoding: PackageResources.prelude_rls, as: UTF8.self))
    guard let statements = try? Parser.parse(source, commands: []) else { return [:] }
    var functions: [String: FunctionSyntax] = [:]
    for case .define(let function) in statements.map(\.kind) {
      if let name = function.name { functions[name] = function }
    }
    return functions
  }()

  /// The card of a function that is written in the language.
  static func builtin(
    _ name: String, _ family: Builtin.Family, _ summary: String, details: String = "", examples: [String] = []
  ) -> Builtin {
    let function = functions[name]
    let parameters =
      function?.parameters.map { parameter in
        parameter.defaultValue.map { "\(parameter.name) = \($0.span.text)" } ?? parameter.name
      } ?? []
    return Builtin(
      family, "\(name)(\(parameters.joined(separator: ", ")))", summary, details: details, examples: examples,
      source: function?.span.text
    ) { call in
      let library = try call.session.library(name)
      var named: [(name: String, value: Value)] = []
      for (i, parameter) in call.signature.parameters.enumerated() where !call[i].isMissing {
        named.append((parameter.name, call[i]))
      }
      return try call.interpreter.call(library, [], named)
    }
  }
}
