import CSandbox
import Engine
import Lang

/// What is left to a script of somebody else: its own folder to read, one folder to write, no program and no socket.
///
/// The kernel holds it to that (Landlock and seccomp), whatever a fault of rls may let through.
enum Sandbox {
  /// Gives up everything else, for this thread and those that it starts, until the process ends.
  ///
  /// `writable` is made where it is missing. Throws where the kernel cannot enforce it.
  static func enter(script: String, writable: String?) throws {
    guard let path = realpath(script, nil) else { throw FileContents.unreadable(script, "rls") }
    defer { free(path) }
    if let writable { try Folder.make(writable, for: "--write") }
    csb_close_descriptors()
    Session.lookAround()
    var failed: UnsafePointer<CChar>?
    let code = csb_restrict(Folder.parent(String(cString: path)), writable, &failed)
    guard code == 0 else {
      let step = failed.map { String(cString: $0) } ?? ""
      throw RuntimeError(
        "--restricted cannot be enforced here: \(step): \(System.message(code))",
        help: "it needs Linux 6.2 or later with Landlock and seccomp; nothing of the script has run")
    }
  }
}
