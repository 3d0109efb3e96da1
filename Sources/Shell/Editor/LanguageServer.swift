// Editor: what editors ask, over the Language Server Protocol.

import ArgumentParser
import Engine
import Lang

/// `rls lsp`: tells editors about programs, in the Language Server Protocol on standard input and output.
struct ServeEditor: ShellProgram {
  static let configuration = CommandConfiguration(
    commandName: "lsp",
    abstract: "Serve an editor in the Language Server Protocol, on standard input and output.",
    usage: "rls lsp")

  // Many editors say which of their ways to talk they mean; there is one here.
  @Flag(help: .private)
  var stdio = false

  func execute() -> ExitStatus {
    // An editor ends its server by a signal where it has to.
    for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    do {
      try Session.prepare()
    } catch {
      TerminalHost(colour: .never).report(error)
      return .rejected
    }
    var server = LanguageServer()
    return server.run()
  }
}

/// One conversation with an editor.
///
/// Programs are read and never run.
struct LanguageServer {
  /// Knows the builtins, and no variables.
  let session = Session(host: SilentHost())
  private(set) var documents: [String: DocumentText] = [:]
  private var stream = MessageStream(input: STDIN_FILENO)
  private var state = State.starting

  private enum State {
    case starting, running, closing
  }

  /// What is wrong with a request, with the number that the protocol has for it.
  struct Refusal: Error {
    var code: Int
    var message: String
  }

  /// Answers until the editor leaves.
  mutating func run() -> ExitStatus {
    while true {
      do throws(MessageStream.Failure) {
        guard let message = try stream.next() else { return state == .closing ? .success : .expectation }
        if message["method"]?.string == "exit" { return state == .closing ? .success : .expectation }
        take(message)
      } catch {
        switch error {
        case .notJSON(let problem): reply(.null, .failure(Refusal(code: -32700, message: problem)))
        case .noLength:
          StandardStream.error.write("rls lsp: a message without Content-Length\n")
          return .failed
        }
      }
    }
  }

  private mutating func take(_ message: JSON) {
    // Without a method it is the editor's answer to something that nobody asked.
    guard let method = message["method"]?.string else { return }
    let parameters = message["params"] ?? .null
    guard let id = message["id"] else { return note(method, parameters) }
    reply(id, Result { () throws(Refusal) in try answer(method, parameters) })
  }

  private func reply(_ id: JSON, _ result: Result<JSON, Refusal>) {
    switch result {
    case .success(let value): stream.write(["jsonrpc": "2.0", "id": id, "result": value])
    case .failure(let refusal):
      stream.write([
        "jsonrpc": "2.0", "id": id,
        "error": ["code": JSON(refusal.code), "message": .string(refusal.message)],
      ])
    }
  }

  private mutating func answer(_ method: String, _ parameters: JSON) throws(Refusal) -> JSON {
    switch (method, state) {
    case ("initialize", .starting):
      state = .running
      return LanguageServer.abilities
    case (_, .starting): throw Refusal(code: -32002, message: "the first request has to be `initialize`")
    case ("initialize", _), (_, .closing): throw Refusal(code: -32600, message: "`\(method)` comes too late")
    case ("shutdown", .running):
      state = .closing
      return .null
    case ("textDocument/hover", .running): return try hover(place(parameters))
    case ("textDocument/completion", .running): return try completion(place(parameters))
    case ("textDocument/definition", .running): return try definition(place(parameters))
    case ("textDocument/documentSymbol", .running): return try symbols(document(parameters).text)
    case ("textDocument/formatting", .running): return try formatting(document(parameters))
    case (_, .running): throw Refusal(code: -32601, message: "`\(method)` is not known here")
    }
  }

  private static let abilities: JSON = [
    "capabilities": [
      "positionEncoding": "utf-16",
      "textDocumentSync": ["openClose": true, "change": 1],
      "hoverProvider": true,
      "completionProvider": ["triggerCharacters": [".", "\"", "("]],
      "definitionProvider": true,
      "documentSymbolProvider": true,
      "documentFormattingProvider": true,
    ],
    "serverInfo": ["name": "rls", "version": .string(Session.version)],
  ]

  // MARK: Documents

  private mutating func note(_ method: String, _ parameters: JSON) {
    guard state == .running, let document = parameters["textDocument"], let address = document["uri"]?.string
    else {
      return
    }
    switch method {
    case "textDocument/didOpen":
      guard let text = document["text"]?.string else { return }
      change(address, to: text, version: document["version"])
    case "textDocument/didChange":
      guard case .array(let changes)? = parameters["contentChanges"], let text = changes.last?["text"]?.string
      else {
        return
      }
      change(address, to: text, version: document["version"])
    case "textDocument/didClose":
      documents[address] = nil
      stream.write(published([], address, version: nil))
    default: break
    }
  }

  private mutating func change(_ address: String, to text: String, version: JSON?) {
    let document = DocumentText(text)
    documents[address] = document
    stream.write(published(diagnostics(document, name: name(of: address)), address, version: version))
  }

  private func published(_ diagnostics: [JSON], _ address: String, version: JSON?) -> JSON {
    var parameters: [JSON.Field] = [
      .init(name: "uri", value: .string(address)), .init(name: "diagnostics", value: .array(diagnostics)),
    ]
    if let version { parameters.append(.init(name: "version", value: version)) }
    return ["jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": .object(parameters)]
  }

  /// What errors call a document.
  func name(of address: String) -> String { FileAddress.path(address) ?? address }

  private func document(_ parameters: JSON) throws(Refusal) -> (address: String, text: DocumentText) {
    guard let address = parameters["textDocument"]?["uri"]?.string, let text = documents[address] else {
      throw Refusal(code: -32602, message: "the document is not open")
    }
    return (address, text)
  }

  /// A byte of an open document.
  struct Place {
    var address: String
    var document: DocumentText
    var offset: Int
  }

  private func place(_ parameters: JSON) throws(Refusal) -> Place {
    let (address, text) = try document(parameters)
    guard let line = parameters["position"]?["line"]?.wholeNumber,
      let column = parameters["position"]?["character"]?.wholeNumber
    else { throw Refusal(code: -32602, message: "the position needs `line` and `character`") }
    return Place(address: address, document: text, offset: text.offset(line: line, column: column))
  }
}

/// A host that nobody watches.
final class SilentHost: Host {
  func write(_ text: String) {}
  func note(_ text: String) {}
  func progress(_ progress: Progress?) {}
  func log(_ text: String) {}
  var layout: Layout { Layout() }
  var usesColor: Bool { false }
  var usesUnicode: Bool { true }
}
