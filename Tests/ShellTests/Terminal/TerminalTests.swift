import Lang
import Testing

@testable import Shell

@Suite struct TerminalTests {
  private func terminal(
    _ isTerminal: Bool = true, columns: Int = 0, colour: ColourChoice = .auto,
    _ variables: [String: String] = [:]
  ) -> Terminal {
    Terminal(isTerminal: isTerminal, columns: columns, rows: 0, colour: colour) { variables[$0] }
  }

  @Test func `colour needs a terminal that wants it`() {
    #expect(terminal().usesColour)
    #expect(!terminal(false).usesColour)
    #expect(!terminal(["TERM": "dumb"]).usesColour)
    #expect(!terminal(["NO_COLOR": "1"]).usesColour)
    // An empty NO_COLOR does not count (no-color.org).
    #expect(terminal(["NO_COLOR": ""]).usesColour)
  }

  @Test func `pictures go only to terminals that are known to show them, or whose user says so`() {
    func form(_ variables: [String: String], _ setting: Settings.Plots = .pictures) -> TerminalPicture? {
      terminal(columns: 80, variables).picture(setting)
    }
    #expect(form(["TERM": "xterm-kitty"]) == .kitty(columns: 80))
    #expect(form(["TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"]) == .kitty(columns: 80))
    #expect(form(["TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"]) == .kitty(columns: 80))
    #expect(form(["TERM": "foot"]) == .sixel(width: 640))
    #expect(form(["TERM": "xterm-256color"]) == nil)
    #expect(form(["TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"]) == nil)
    #expect(form(["TERM": "xterm-kitty"], .auto) == nil)
    #expect(form(["TERM": "xterm-256color"], .sixel) == .sixel(width: 640))
    #expect(form(["TERM": "dumb"], .kitty) == nil)
    #expect(terminal(false).picture(.kitty) == nil)
  }

  @Test func `the flag overrules everything else`() {
    #expect(terminal(false, colour: .always, ["NO_COLOR": "1", "TERM": "dumb"]).usesColour)
    #expect(!terminal(colour: .never).usesColour)
  }

  @Test func `the width is the system's, else that of COLUMNS, else eighty`() {
    #expect(terminal(columns: 132, ["COLUMNS": "40"]).width == 132)
    #expect(terminal(columns: 0, ["COLUMNS": "40"]).width == 40)
    #expect(terminal().width == 80)
    for nonsense in ["0", "-3", "wide", "99999999999999999999"] {
      #expect(terminal(["COLUMNS": nonsense]).width == 80)
    }
  }

  @Test func `characters beyond ASCII need a terminal and no other locale`() {
    #expect(terminal().showsUnicode)
    #expect(terminal(["LANG": "de_DE.UTF-8"]).showsUnicode)
    #expect(terminal(["LC_ALL": "C.utf8", "LANG": "C"]).showsUnicode)
    #expect(!terminal(["LC_ALL": "C", "LANG": "de_DE.UTF-8"]).showsUnicode)
    #expect(!terminal(["LANG": "POSIX"]).showsUnicode)
    #expect(!terminal(false, ["LANG": "de_DE.UTF-8"]).showsUnicode)
  }

  private func terminal(_ variables: [String: String]) -> Terminal { terminal(true, variables) }
}
