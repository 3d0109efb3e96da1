import Foundation
import Testing

/// `rls submit`: batch scripts for Slurm, with a stand-in for `sbatch`, and run by a shell that stands in for Slurm.
@Suite struct SubmitTests {
  private static let sweep = """
    t = sweep a in 1..3, b in 1..4, store: args[0] { {v: a * b} }
    print sum(t.v)
    """

  /// A folder with a script, and in `bin` what stands in for Slurm's programs.
  private func folder(sbatch: String = "cat > job$$; echo $$ >> submitted; echo \"$$;cluster\"") throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    try folder.write(SubmitTests.sweep, to: "a sweep.rls")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/bin", withIntermediateDirectories: false)
    for (name, text) in ["sbatch": sbatch, "scontrol": "echo \"$@\" >> requeued"] {
      try folder.write("#!/bin/bash\n\(text)\n", to: "bin/\(name)")
      chmod("\(folder.path)/bin/\(name)", 0o755)
    }
    return folder
  }

  private func submit(_ folder: TemporaryFolder, _ words: [String]) throws -> ChildProcess {
    try ChildProcess.run(
      ["submit"] + words, environment: ["PATH": "\(folder.path)/bin:/usr/bin:/bin"], in: folder)
  }

  /// Runs a batch script as Slurm does, as a task of an array where a number is given; the code it ends with.
  private func runJob(_ folder: TemporaryFolder, _ job: String, task: Int? = nil, program: String? = nil)
    throws -> Int32
  {
    if let program {
      let lines = folder.read(job).split(separator: "\n", omittingEmptySubsequences: false)
      try folder.write(
        lines.map { $0.hasSuffix("&") ? "\(program) &" : String($0) }.joined(separator: "\n"), to: job)
    }
    let process = Process()
    // The thread that runs a test blocks signals, and what it starts would do so too.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/perl")
    process.arguments = [
      "-MPOSIX", "-e", "sigprocmask(SIG_SETMASK, POSIX::SigSet->new); exec @ARGV", "/bin/bash", job,
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    var environment = ["PATH": "\(folder.path)/bin:/usr/bin:/bin", "SLURM_JOB_ID": "77"]
    if let task { environment["SLURM_ARRAY_TASK_ID"] = "\(task)" }
    process.environment = environment
    process.standardOutput = try folder.openForWriting("output")
    process.standardError = try folder.openForWriting("errors")
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test func `a dry run prints an array and a job that gathers, and submits nothing`() throws {
    let folder = try folder()
    let child = try submit(
      folder,
      [
        "a sweep.rls", "--array", "4", "--time", "1:00:00", "--partition", "cpu", "--sbatch", "--mem=4G",
        "--sbatch=--qos=low", "--dry-run", "--", "it's",
      ])
    #expect(child.status == 0, "\(child.errors)")
    for part in [
      "#SBATCH --job-name=a-sweep\n", "#SBATCH --array=1-4\n", "#SBATCH --requeue\n",
      "#SBATCH --signal=B:USR1@120\n", "#SBATCH --time=1:00:00\n", "#SBATCH --partition=cpu\n",
      "#SBATCH --mem=4G\n#SBATCH --qos=low\n",
      "--shard \"$SLURM_ARRAY_TASK_ID/4\" 'a sweep.rls' 'it'\\''s' &\n",
      "#SBATCH --dependency=afterany:ARRAY\n",
    ] {
      #expect(child.output.contains(part), "\(part): \(child.output)")
    }
    #expect(folder.read("submitted").isEmpty)
  }

  @Test func `the tasks compute the cells, the last job reads them, and so does the script at the prompt`()
    throws
  {
    let folder = try folder()
    let child = try submit(folder, ["a sweep.rls", "--array", "3", "--", "cells"])
    #expect(child.status == 0, "\(child.errors)")
    let jobs = folder.read("submitted").split(separator: "\n")
    try #require(jobs.count == 2)
    #expect(
      child.errors.contains("submitted 3 parts as job \(jobs[0]), and job \(jobs[1])"), "\(child.errors)")
    #expect(folder.read("job\(jobs[1])").contains("#SBATCH --dependency=afterany:\(jobs[0])\n"))
    for task in 1...3 {
      #expect(try runJob(folder, "job\(jobs[0])", task: task) == 0, "\(folder.read("errors"))")
      // The first one is alone and computes every cell; the others find them.
      #expect(folder.read("output") == "60\n")
    }
    let cells = { try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/cells/cells").count }
    #expect(try cells() == 12)
    #expect(try runJob(folder, "job\(jobs[1])") == 0, "\(folder.read("errors"))")
    #expect(folder.read("output") == "60\n")
    let prompt = try ChildProcess.run(["a sweep.rls", "cells"], in: folder)
    #expect(prompt.output == "60\n")
    #expect(try cells() == 12)
    #expect(folder.read("requeued").isEmpty)
  }

  @Test func `a job that is to be continued, or was killed, is queued again`() throws {
    let endings = [
      // The warning comes to the batch script and goes on to the program.
      (
        "(trap 'exit 75' USR1; for i in {1..3000}; do kill -USR1 $$; sleep 0.01; done)", Int32(75),
        "requeue 77\n"
      ),
      ("(exit 75)", 75, "requeue 77\n"), ("(kill -KILL $BASHPID)", 137, "requeue 77\n"),
      ("(exit 70)", 70, ""),
      ("(exit 0)", 0, ""),
    ]
    for (program, status, requeued) in endings {
      let folder = try folder()
      #expect(try submit(folder, ["a sweep.rls", "--array", "3"]).status == 0)
      let job = folder.read("submitted").prefix { $0 != "\n" }
      #expect(try runJob(folder, "job\(job)", task: 1, program: program) == status, "\(program)")
      #expect(folder.read("requeued") == requeued, "\(program)")
    }
  }

  @Test func `what cannot be submitted is refused`() throws {
    let folder = try folder()
    try folder.write("x = nothing", to: "wrong.rls")
    for (words, status, message) in [
      (["a sweep.rls"], Int32(2), "--array"), (["a sweep.rls", "--array", "0"], 2, "a number from 1"),
      (["--array", "2"], 2, "file"), (["missing.rls", "--array", "2"], 2, "no such file"),
      (["wrong.rls", "--array", "2"], 65, "unknown name"),
      (["a sweep.rls", "--array", "2", "--sbatch", "mem=4G"], 2, "an option of sbatch"),
      (["a sweep.rls", "--array", "2", "--time", "1\n#SBATCH --uid=0"], 2, "cannot hold"),
    ] {
      let child = try submit(folder, words)
      #expect(child.status == status && child.errors.contains(message), "\(words): \(child.errors)")
    }
    #expect(folder.read("submitted").isEmpty)
    let refused = try submit(
      self.folder(sbatch: "cat > /dev/null; echo no >&2; exit 1"), ["a sweep.rls", "--array", "2"])
    #expect(
      refused.status == 70 && refused.errors.contains("sbatch did not take the job"), "\(refused.errors)")
    let without = try ChildProcess.run(
      ["submit", "a sweep.rls", "--array", "2"], environment: ["PATH": "/nowhere"], in: folder)
    #expect(without.status == 70 && without.errors.contains("is Slurm installed here?"), "\(without.errors)")
  }
}
