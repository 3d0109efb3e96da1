import Engine

/// The file by which Jupyter knows a kernel.
struct KernelSpecification {
  /// The program that is started.
  let program: String

  /// What the file says; Jupyter puts the connection file's path into the last word.
  var text: String {
    let fields: JSON = [
      "argv": [.string(program), "kernel", "--connection-file", "{connection_file}"], "display_name": "rls",
      "language": "rls", "interrupt_mode": "message",
    ]
    return fields.text
  }

  /// The user's own folder for Jupyter's data.
  static func userFolder(_ environment: (String) -> String?) -> String {
    if let folder = environment("JUPYTER_DATA_DIR"), !folder.isEmpty { return folder }
    return Platform.jupyterFolder(home: environment("HOME") ?? ".", environment)
  }

  /// Writes the file below a folder for Jupyter's data; gives its path.
  func install(in folder: String) throws -> String {
    let kernel = folder + "/kernels/rls"
    try Folder.make(kernel, for: "kernel")
    let path = kernel + "/kernel.json"
    try FileContents.write(text, to: path, for: "kernel")
    return path
  }
}
