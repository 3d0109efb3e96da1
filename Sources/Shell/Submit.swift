import ArgumentParser
import Engine
import Lang

/// `rls submit file.rls --array 16`: gives the sweeps of a script to Slurm.
///
/// Two jobs go in: an array, whose tasks share the sweeps as `--shard` does, and behind it a job that runs the script
/// once more, which then reads the results.
struct Submit: ShellProgram {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Give the sweeps of a script to Slurm as a job array.",
    usage: "rls submit <file> --array <n> [<options>] [-- <args>]",
    discussion: """
      The sweeps need a folder (`store:`) that all machines see. The tasks share the cells; a last job runs \
      the script once more, which reads them. A task that is warned of its end, or preempted, writes its checkpoints and is \
      queued again. Afterwards `rls file.rls` reads the results.
      """)

  @Option(help: ArgumentHelp("The number of parts, each a task of the array.", valueName: "n"))
  var array: Int

  @Option(help: ArgumentHelp("The time limit of each job, as sbatch has it.", valueName: "time"))
  var time: String?

  @Option(help: ArgumentHelp("The partition.", valueName: "name"))
  var partition: String?

  @Option(
    name: .customLong("sbatch"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Another option of sbatch, such as --mem=4G; may be given again and again.", valueName: "option"))
  var options: [String] = []

  @Flag(help: "Print the batch scripts and submit nothing.")
  var dryRun = false

  @Argument(help: ArgumentHelp("The script.", valueName: "file"))
  var file: String

  @Argument(
    parsing: .postTerminator, help: ArgumentHelp("What the script finds in `args`.", valueName: "args"))
  var arguments: [String] = []

  /// Slurm's own limit, MaxArraySize, is 1001 unless a site has set another.
  static let mostParts = 1_000_000

  func execute() -> ExitStatus {
    let host = TerminalHost(colour: .auto)
    do {
      try Session.prepare()
      return try submit(host)
    } catch {
      return ScriptRunner.status(of: error, host)
    }
  }

  /// Rejects what sbatch would not take, or what would become a line of its own in the batch script.
  func validate() throws {
    guard (1...Submit.mostParts).contains(array) else {
      throw ValidationError("--array needs a number from 1")
    }
    for option in options where !option.hasPrefix("-") {
      throw ValidationError("--sbatch needs an option of sbatch such as --mem=4G, got \(option)")
    }
    for text in options + arguments + [time, partition, file].compactMap({ $0 })
    where text.unicodeScalars.contains(where: Text.isObeyed) {
      throw ValidationError("\(Text.quoted(text)) has a character that a batch script cannot hold")
    }
  }

  private func submit(_ host: TerminalHost) throws -> ExitStatus {
    let runner = ScriptRunner(
      session: Session(host: host, arguments: arguments), host: host, promptFollows: false)
    let status = runner.check(file)
    guard status == .success else { return status }
    let parts = BatchScript(self, part: .one)
    guard !dryRun else {
      host.write(parts.text + "\n" + BatchScript(self, part: .gathered(after: "ARRAY")).text)
      return .success
    }
    let job = try Slurm.sbatch(parts.text)
    let last = try Slurm.sbatch(BatchScript(self, part: .gathered(after: job)).text)
    host.note(
      "submitted \(array) parts as job \(job), and job \(last), which gathers them; afterwards `rls \(file)` reads the results"
    )
    return .success
  }
}

/// The text of a batch script.
private struct BatchScript {
  enum Part {
    /// The part of the work that a task of the array does.
    case one
    /// The whole script, after the array with this number.
    case gathered(after: String)
  }

  private let command: Submit
  private let part: Part
  /// Seconds before the time limit at which a job is warned: enough for a step and a checkpoint.
  private static let warning = 120
  /// How often a task is queued again whose process was killed.
  private static let lives = 3

  init(_ command: Submit, part: Part) {
    self.command = command
    self.part = part
  }

  var text: String {
    """
    #!/bin/bash
    \(settings.map { "#SBATCH \($0)" }.joined(separator: "\n"))
    cd \(quoted(Platform.workingFolder)) || exit
    export RLS_THREADS="${SLURM_CPUS_PER_TASK:-1}"
    # The warning goes on to rls, which writes its checkpoints and ends with 75: run me again.
    trap 'kill -USR1 "$program" 2> /dev/null' USR1 TERM
    \(program) &
    program=$!
    # A signal ends a wait before the program has ended. The last wait is for one that ended in between.
    while wait "$program"; status=$?; kill -0 "$program" 2> /dev/null; do :; done
    wait "$program" 2> /dev/null; last=$?
    [ "$last" = 127 ] || status=$last
    if [ "$status" = 75 ] || { [ "$status" -gt 128 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt \(BatchScript.lives) ]; }; then
      scontrol requeue "$SLURM_JOB_ID"
    fi
    exit "$status"

    """
  }

  private var settings: [String] {
    var settings: [String]
    switch part {
    case .one:
      settings = ["--job-name=\(name)", "--array=1-\(command.array)", "--output=\(name)-%A_%a.log"]
    case .gathered(let array):
      settings = [
        "--job-name=\(name)-gather", "--dependency=afterany:\(array)", "--output=\(name)-gather-%j.log",
      ]
    }
    settings += ["--open-mode=append", "--requeue", "--signal=B:USR1@\(BatchScript.warning)"]
    if let time = command.time { settings.append("--time=\(time)") }
    if let partition = command.partition { settings.append("--partition=\(partition)") }
    return settings + command.options
  }

  private var program: String {
    var words = [quoted(Platform.program)]
    if case .one = part { words += ["--shard", "\"$SLURM_ARRAY_TASK_ID/\(command.array)\""] }
    return (words + ([command.file] + command.arguments).map(quoted)).joined(separator: " ")
  }

  /// The script's name without what Slurm or a file name could stumble over.
  private var name: String {
    let last = command.file.split(separator: "/").last ?? ""
    let stem = last.hasSuffix(".rls") ? last.dropLast(4) : last
    return String(stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }

  /// A word as the shell reads it back.
  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}

/// Slurm's own programs.
private enum Slurm {
  /// Gives a batch script to `sbatch`; the number of the job.
  static func sbatch(_ script: String) throws -> String {
    let (input, output): (Pipe, Pipe)
    let child: Child
    do throws(Child.ErrorNumber) {
      (input, output) = (try Pipe(), try Pipe())
      child = try Child(
        "sbatch", ["--parsable"],
        [STDIN_FILENO: .descriptor(input.reading), STDOUT_FILENO: .descriptor(output.writing)])
    } catch {
      throw RuntimeError(
        "cannot start sbatch: \(error.message)",
        help: "is Slurm installed here? `--dry-run` prints the batch script")
    }
    input.closeReading()
    output.closeWriting()
    // sbatch reads to the end before it writes.
    write(script, to: input.writing)
    input.closeWriting()
    let answer = try FileContents.bytes(output.reading, named: "sbatch", for: "submit", most: 1 << 16)
    let status = child.wait()
    // The number, and behind a semicolon the cluster.
    let job = String(decoding: answer, as: UTF8.self).prefix { $0.isNumber }
    guard status == 0, !job.isEmpty else { throw RuntimeError("sbatch did not take the job") }
    return String(job)
  }

  /// Writes as much as the reader takes.
  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
