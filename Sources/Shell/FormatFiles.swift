import ArgumentParser
import Engine
import Lang

/// `rls fmt files`: lays programs out in the style of the language.
struct FormatFiles: ShellProgram {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Format files in the style of the language.",
    usage: "rls fmt [--check] <files> ...",
    discussion:
      "Comments, blank lines and the meaning of a program stay. A file that does not parse stays as it is.")

  @Flag(help: "Change nothing: name the files that would change, and end with 1 if there is one.")
  var check = false

  @Argument(help: ArgumentHelp("Files, or `-` for standard input to standard output.", valueName: "files"))
  var files: [String]

  func execute() -> ExitStatus {
    let host = TerminalHost(colour: .auto)
    var status = ExitStatus.success
    for file in files {
      do {
        let text = file == "-" ? try standardInput() : try FileContents.text(file, for: "fmt")
        let formatted = try Formatting.formatted(text, name: file)
        if file == "-", !check {
          StandardStream.output.write(formatted)
        } else if formatted != text {
          if check {
            host.note("\(file) is not formatted")
            if status == .success { status = .expectation }
          } else {
            try FileContents.write(formatted, to: file, for: "fmt")
          }
        }
      } catch {
        host.report(error)
        status = error is Rejection ? .rejected : .usage
      }
    }
    return status
  }

  private func standardInput() throws -> String {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return text
  }
}
