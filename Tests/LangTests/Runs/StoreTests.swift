import Engine
import Testing

@testable import Lang

/// Runs in folders: stopped anywhere, they go on to the same bits.
@Suite struct StoreTests {
  /// `run_in(folder, fails)` trains six steps and stops with an error after step `fails`.
  static let start = """
    task = addition(digits: 1)
    pi = policy(task, layers: 1, width: 16, heads: 2, seed: 3)
    fn run_in(folder, seed = 5, options = {}) {
        rest = merge({steps: 6, prompts: 4, group: 2, minibatches: 2, reward: text => len(text), keep_every: 2, checkpoint_every: 2,
            evaluate_every: 3, store: folder, seed: seed}, options)
        apply(train, [pi, task, sapo()], merge(rest, {after: (l, i, row) => if i > number(read_text(limit)) { error("far") } else { none }}))
    }

    """

  private func run(_ folder: StoreFolder, _ program: String, fails: Int = 99) throws -> [String] {
    try folder.write("\(fails)", to: "fails")
    let (session, host) = Session.collecting()
    session.set("folder", .text("\(folder.path)/run"))
    session.set("limit", .text("\(folder.path)/fails"))
    try session.run(StoreTests.start + program, name: "test", echoes: false)
    return host.output.map { $0.trimmingNewlines() }
  }

  @Test(arguments: 0...5) func `a run that stopped after any step goes on to the same bits and the same log`(
    _ fails: Int
  )
    throws
  {
    let folder = try StoreFolder()
    let whole = try StoreFolder()
    let show =
      "r = run_in(folder)\nprint r.fingerprint\nprint r.kept.step\nprint map(r.kept.policy, fingerprint)\nprint json(r.curve)\nprint r.reward\n"
    #expect(throws: RuntimeError.self) { _ = try run(folder, show, fails: fails) }
    #expect(try run(folder, show) == run(whole, show))
    #expect(try folder.text("run/metrics.jsonl") == whole.text("run/metrics.jsonl"))
    // What was not run to its end is what it was in memory, too.
    #expect(
      try run(whole, show)
        == run(whole, show.replacing("run_in(folder)", by: "run_in(none)")))
  }

  @Test func `a finished run is read and not computed`() throws {
    let folder = try StoreFolder()
    let first = try run(folder, "print run_in(folder).fingerprint")
    let changed = try folder.bytes("run/run.json")
    // Whatever it would compute stops with an error.
    #expect(try run(folder, "print run_in(folder).fingerprint", fails: 0) == first)
    #expect(try folder.bytes("run/run.json") == changed)
  }

  @Test(arguments: [
    ("run_in(folder, seed: 6)", "seed is 5 there, and 6 here"),
    ("run_in(folder, options: {steps: 7})", "steps is 6 there, and 7 here"),
    ("run_in(folder, options: {temperature: 0.5})", "temperature is none there, and 0.5 here"),
    ("run_in(folder, options: {reward: text => 2})", "reward is text => len(text) there, and text => 2 here"),
    ("pi = policy(task, layers: 1, width: 16, heads: 2, seed: 4)\nrun_in(folder)", "learner is policy"),
    ("pi = with_optimizer(pi, lr: 0.5)\nrun_in(folder)", "learner is policy"),
    (
      "task = addition(digits: 2)\nrun_in(folder)",
      "task is addition(digits: 1) there, and addition(digits: 2) here"
    ),
  ]) func `another specification is refused, and the difference named`(_ program: String, _ message: String)
    throws
  {
    let folder = try StoreFolder()
    _ = try run(folder, "run_in(folder)")
    let before = try folder.text("run/run.json")
    let error = #expect(throws: RuntimeError.self) { _ = try run(folder, program) }
    #expect(error?.message.contains("holds another run") ?? false)
    #expect(error?.message.contains(message) ?? false, "\(error?.message ?? "")")
    #expect(try folder.text("run/run.json") == before)
  }

  @Test func `a function is another one when what it carries is`() throws {
    let folder = try StoreFolder()
    let program = """
      k = 2
      fn scaled(text) = k * len(text)
      fn of(c) = text => c * scaled(text)
      r = run_in(folder, options: {reward: of(3)})
      """
    _ = try run(folder, program)
    _ = try run(folder, program)
    for change in [("k = 2", "k = 4"), ("of(3)", "of(5)"), ("k * len", "1 + k * len")] {
      let error = #expect(throws: RuntimeError.self) {
        _ = try run(folder, program.replacing(change.0, by: change.1))
      }
      #expect(error?.message.contains("reward") ?? false)
    }
  }

  @Test func `a loop of one's own goes on from the run so far`() throws {
    let program = """
      fn loop(so_far) {
          x = if so_far == none { 1 } else { so_far.learner.x }
          from = if so_far == none { 1 } else { so_far.curve[-1].step + 1 }
          for i in from..7 {
              x = 3 * x % 101
              if i > number(read_text(limit)) { error("far") }
              track i, {x: x, odd: [x, nan, {y: "NaN"}, 1..3, zeros(2, 3)]}, x: x, lost: nan
              if i % 3 == 0 { keep {x: x} }
          }
      }
      r = run(loop, {name: "loop"}, store: folder, checkpoint_every: 2)
      print [r.learner, r.kept.learner, r.curve.x, r.curve.step], json(r.kept.step)
      """
    let whole = try run(StoreFolder(), program)
    for fails in 0...6 {
      let folder = try StoreFolder()
      #expect(throws: RuntimeError.self) { _ = try run(folder, program, fails: fails) }
      #expect(try run(folder, program) == whole)
      // The last row was tracked before the end, and a run of a lower limit would not have got there.
      #expect(try run(folder, program, fails: 0) == whole)
    }
  }

  @Test func `a function without a parameter begins anew, and one without a specification is its own`() throws
  {
    let folder = try StoreFolder()
    let program = """
      r = run(() => { for i in 1..4 { track i, i, x: i
          if i > number(read_text(limit)) { error("far") } } }, store: folder)
      print r.curve.step
      """
    #expect(throws: RuntimeError.self) { _ = try run(folder, program, fails: 2) }
    #expect(try run(folder, program) == ["[1, 2, 3, 4]"])
    #expect(throws: RuntimeError.self) {
      _ = try run(folder, program.replacing("1..4", by: "1..5"))
    }
  }

  @Test func `PPO's policy, critic and strength of the penalty go on together`() throws {
    let program = """
      r = train_ppo(pi, critic(pi), task, ppo(), steps: 4, prompts: 4, group: 2, minibatches: 2, reward: text => len(text), seed: 4, store: folder,
          ref: pi, target_kl: 0.01, beta: 0.1, after: (l, i, row) => if i > number(read_text(limit)) { error("far") } else { none })
      print r.fingerprint, r.learner.critic.fingerprint, r.learner.beta
      """
    let folder = try StoreFolder()
    #expect(throws: RuntimeError.self) { _ = try run(folder, program, fails: 2) }
    #expect(try run(folder, program) == run(StoreFolder(), program))
  }

  @Test func `a torn last line is dropped, and a damaged checkpoint makes way for the one before`() throws {
    let folder = try StoreFolder()
    let show = "r = run_in(folder)\nprint r.fingerprint\nprint json(r.curve)\n"
    let whole = try run(StoreFolder(), show)
    #expect(throws: RuntimeError.self) { _ = try run(folder, show, fails: 4) }
    let size = try folder.bytes("run/metrics.jsonl").count
    try LogFile("\(folder.path)/run/metrics.jsonl", keeping: size, for: "test").append(
      Array("{\"step\": 5, \"rew".utf8))
    #expect(
      try run(folder, "r = load_run(folder)\nprint len(r.curve)\nprint runs(folder).steps") == ["4", "[4]"])
    try folder.write("nonsense", to: "run/checkpoints/4/checkpoint.json")
    try folder.make("run/checkpoints/6.partial-1")
    #expect(try run(folder, show) == whole)
    #expect(try folder.names("run/checkpoints").allSatisfy { Int($0) != nil })
  }

  @Test func `the last checkpoints stay, and the best one`() throws {
    let folder = try StoreFolder()
    // The reward is best at step 2.
    let program = """
      train(pi, task, sapo(), steps: 8, minibatches: 2, checkpoint_every: 1, store: folder,
          collect: (l, s) => rollout(l, task, prompts: 4, group: 2, seed: s, reward: t => if s[1] == 2 { 1 } else { 0 }))
      """
    _ = try run(folder, program)
    #expect(try folder.names("run/checkpoints").compactMap { Int($0) }.sorted() == [2, 7, 8])
  }

  @Test func `two runs cannot have one folder, and other folders are left alone`() throws {
    let folder = try StoreFolder()
    let message = { (program: String) in
      (#expect(throws: RuntimeError.self) { _ = try run(folder, program) })?.message ?? ""
    }
    #expect(
      message("train(pi, task, sapo(), steps: 2, collect: (l, s) => run_in(folder), store: folder)").contains(
        "another process"))
    try folder.make("mine")
    try folder.write("dear diary", to: "mine/diary.txt")
    #expect(
      message("run_in(\"\\(folder)/../mine\")").contains("is not the folder of a run: it holds diary.txt"))
    try folder.write("x", to: "file")
    #expect(message("run_in(\"\\(folder)/../file\")").contains("is a file, expected a folder"))
    #expect(message("run_in(\"\")").contains("empty"))
    #expect(message("load_run(\"\\(folder)/../mine\")").contains("holds no run"))
    #expect(try folder.text("mine/diary.txt") == "dear diary")
  }

  @Test func `runs are found in folders, finished or not, and read back`() throws {
    let folder = try StoreFolder()
    _ = try run(folder, "run_in(folder)\nrun_in(\"\\(folder)/../deep/er/b\", seed: 2)")
    #expect(throws: RuntimeError.self) { _ = try run(folder, "run_in(\"\\(folder)/../c\")", fails: 3) }
    // Links that lead around in a circle show no run twice.
    #expect(symlink(".", "\(folder.path)/loop") == 0)
    let shown = try run(
      folder,
      """
      t = runs("\\(folder)/..")
      print t.state
      print t.steps
      print t.message
      r = load_run(folder)
      print kind(r), r.spec.seed, r.spec.objective, r.fingerprint == run_in(folder).fingerprint, r.fingerprint == fingerprint(r.policy)
      print len(load_run("\\(folder)/../c").curve), load_run("\\(folder)/../c").policy.updates
      """)
    #expect(
      shown == [
        "[\"failed\", \"finished\", \"finished\"]", "[3, 6, 6]", "[\"far\", none, none]",
        "run 5 sapo() true true", "3 6",
      ])
  }
}
