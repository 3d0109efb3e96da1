/// How a session shows things, as its user likes it: what `set` sets.
public struct Settings: Sendable {
  /// How plots are drawn in the terminal.
  public enum Plots: String, CaseIterable, Sendable {
    /// Braille where the terminal shows it.
    case auto
    /// Plain characters.
    case ascii
    /// Pictures where the terminal is one that is known to show them, else as with `auto`.
    case pictures
    /// Pictures in kitty's protocol.
    case kitty
    /// Pictures as sixels.
    case sixel
  }

  /// What holds unless the user says otherwise.
  public init() {}

  /// The prompt; `{n}` stands for the number of the input.
  public var prompt = "rls> "
  /// Significant digits of numbers in tensors and tables.
  public var digits = 6
  /// Whether output and input have colours, where the terminal can show them.
  public var colors = true
  /// Whether the history suggests how an input goes on.
  public var suggestions = true
  /// How plots are drawn.
  public var plots = Plots.auto
}

/// The command that changes them.
enum SettingBuiltins {
  static let all = [
    Builtin(
      .output, "set", "changes how the session shows things; without arguments, says how it does",
      details: """
        `prompt` is the text before an input, in which `{n}` stands for its number. `digits` is how many significant digits tensors and tables show. \
        `colors` and `suggestions` switch what is seen while typing. `plots` is "auto", characters; "ascii"; "pictures", where the terminal is known to show some; "kitty" or "sixel", where you know that it does. At the prompt, \
        `$XDG_CONFIG_HOME/rls/init.rls` (by default `~/.config/rls/init.rls`) runs first and is the place for it.
        """,
      examples: ["set digits: 3\nset().digits\n#=> 3"], isCommand: true
    ) { parameter in
      let prompt = parameter.optional("prompt", .text)
      let digits = parameter.optional("digits", .integer(1...17))
      let colors = parameter.optional("colors", .flag)
      let suggestions = parameter.optional("suggestions", .flag)
      let plots = parameter.optional("plots", Kind<Settings.Plots>.choice)
      return { call in
        var settings = call.session.settings
        let given = try (call[prompt], call[digits], call[colors], call[suggestions], call[plots])
        if let prompt = given.0 { settings.prompt = prompt }
        if let digits = given.1 { settings.digits = digits }
        if let colors = given.2 { settings.colors = colors }
        if let suggestions = given.3 { settings.suggestions = suggestions }
        if let plots = given.4 { settings.plots = plots }
        call.session.settings = settings
        let isQuestion =
          given.0 == nil && given.1 == nil && given.2 == nil && given.3 == nil && given.4 == nil
        guard isQuestion else { return .none }
        return .object(
          Record([
            ("prompt", .text(settings.prompt)), ("digits", .number(Double(settings.digits))),
            ("colors", .bool(settings.colors)), ("suggestions", .bool(settings.suggestions)),
            ("plots", .text(settings.plots.rawValue)),
          ]))
      }
    }
  ]
}
