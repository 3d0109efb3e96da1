import Engine
import Synchronization
import Testing

@testable import Lang

/// A request to stop, in the middle of every kind of long work.
///
/// The flag belongs to the process, so that each case runs in a process of its own.
@Suite(.serialized) struct InterruptTests {
  /// The time from Ctrl-C to the prompt that the shell promises.
  static let promise = Duration.milliseconds(250)

  static let programs = [
    "while true { }",
    "fn f() { while true { y = 1 } }\nf()",
    "for i in 1..1e15 { y = i }",
    "fn f(n) = if n < 2 { n } else { f(n - 1) + f(n - 2) }\nf(90)",
    "y = map(1..3e7, x => x + 1)",
    "y = filter(1..3e7, x => x % 2 == 0)",
    "y = reduce(1..3e7, (a, b) => a + b)",
    "y = sort(to_list(1..3e7), by: x => x * 7919 % 1000003)",
    "a = zeros(5000, 5000)\nb = a @ a",
    "while true { y = exp(zeros(2e6)) + 1 }",
    "x = range(0, 1e7)\ng = grad(x => { y = x\nfor i in 1..100 { y = sin(y) }\nsum(y) }, x)",
    "y = to_list(1..3e7)\nz = json(y)",
    "xs = []\nwhile true { xs = push(xs, none) }",
    "while true { try { error(\"caught\") } catch { } }",
    "check_grad(x => sum(x ^ 2), zeros(20000))",
    "t = table({x: 1..2e6})\nwhile true { u = sort(t, by: \"x\") }",
    "sleep(1e6)",
    "match(repeat(\"ab\", 5e6), \"(a|b|ab)*c\")",
    "pi = sft(policy(addition()), addition(), steps: 1e7)",
    "ro = rollout(policy(addition(), layers: 4, width: 128), addition(), prompts: 4000, group: 64)",
    "e = evaluate(policy(addition(), layers: 4, width: 128), addition(), samples: 512, prompts: 4000)",
    "r = rollout(policy(addition()), addition(), prompts: 8, reward: (c, a, p) => { while true { }\n0 })",
    "g = grad(x => { while true { }\nx }, 1)",
  ]

  @Test(arguments: programs) func `a stop comes within a quarter of a second and loses nothing`(
    program: String
  ) async {
    await ChildProcess.report(
      #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        [program = program as String] in
        InterruptProbe.demand(InterruptProbe.stop("kept = 42", program, after: .milliseconds(300)).problem)
      })
  }

  @Test func `loops without steps of the interpreter look at a stop by themselves`() async {
    await #expect(processExitsWith: .success) {
      let numbers = try Tensor.full(Shape([1000], for: "test"), 1)
      Interrupt.request()
      let loops: [() throws -> Void] = [
        { _ = try Tensor.full(numbers.shape, 2) }, { _ = try Tensor.eye(40) },
        { _ = try Tensor.linspace(0, 1, 1000) },
        { _ = try Tensor.arange(0, 1000) }, { _ = try Quantile.of(numbers, [0.5]) },
        { _ = try Philox(seed: 1, .shuffle).permutation(1 << 17) },
      ]
      for (place, loop) in loops.enumerated() {
        do {
          try loop()
          exit(Int32(place) + 1)
        } catch let error as EngineError where error.kind == .interrupted {
        }
      }
      #expect(Printing.display(.tensor(numbers), Layout(width: 80, height: 24)).contains("tensor"))
      exit(0)
    }
  }

  @Test func `a training that is stopped leaves the run so far`() async {
    await ChildProcess.report(
      #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        let start = "kept = 42\npi = policy(addition(), layers: 1, width: 32, heads: 2)"
        let outcome = InterruptProbe.stop(
          start, "r = train(pi, addition(), sapo(), steps: 1e6, prompts: 8, group: 4)",
          after: .milliseconds(900),
          check:
            "expect kind(partial) == \"run\"\nexpect len(partial.curve) > 0\nexpect partial.policy.updates > 0\nexpect pi.updates == 0"
        )
        InterruptProbe.demand(outcome.problem)
      })
  }

  @Test func `a sweep that is stopped leaves the cells that were done`() async {
    await ChildProcess.report(
      #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        let outcome = InterruptProbe.stop(
          "kept = 42", "t = sweep a in 1..100000 { n = 0\nwhile n < 1e5 { n += 1 }\nn }",
          after: .milliseconds(500),
          check:
            "expect kind(partial) == \"table\"\nexpect len(partial) > 0 and len(partial) < 100000\nexpect all(partial.value == 1e5)"
        )
        InterruptProbe.demand(outcome.problem)
      })
  }

  @Test func `a sweep of trainings stops at once`() async {
    await ChildProcess.report(
      #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        let outcome = InterruptProbe.stop(
          "kept = 42\npi = policy(addition(), layers: 1, width: 32, heads: 2)",
          "t = sweep a in 1..4 { train(pi, addition(), sapo(), steps: 1e6, prompts: 8, group: 4) }",
          after: .milliseconds(600))
        InterruptProbe.demand(outcome.problem)
      })
  }

  @Test(arguments: [
    "xs = []\nwhile true { xs = push(xs, [1, 2, 3]) }",
    "xs = []\nwhile true { xs = push(xs, repeat(\"x\", 1e6)) }",
    "xs = []\nwhile true { try { xs = push(xs, repeat(0, 1e5)) } catch { } }",
  ]) func `a program that takes all the memory is stopped`(program: String) async {
    await ChildProcess.report(
      #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        [program = program as String] in
        let runtime = Runtime(memory: 400_000_000)
        let problem = onDeepStack { () -> String? in
          let session = runtime.run { Session.collecting().session }
          do {
            try session.run("kept = 42", name: "test", echoes: false)
            try session.run(program, name: "test", echoes: false)
            return "it ended"
          } catch {
            let failure = RuntimeError(error)
            guard failure.kind == .error, failure.message.hasPrefix("the memory is full") else {
              return failure.message
            }
            guard !Interrupt.isRequested else { return "the request is still there" }
            session.drop("xs")
            return Session.collects(session, "kept == 42")
          }
        }
        InterruptProbe.demand(problem)
      })
  }
}

extension Session {
  /// What is wrong with an expectation, nil when it holds.
  static func collects(_ session: Session, _ condition: String) -> String? {
    do {
      try session.run("expect \(condition)", name: "check", echoes: false)
      return nil
    } catch {
      return "\(condition): \(RuntimeError(error).message)"
    }
  }
}

/// Stops a program in the middle and looks at what is left.
enum InterruptProbe {
  struct Outcome: Sendable {
    var problem: String?
  }

  /// Runs `start` to its end, then `program`; asks for a stop `after` a while; then `check` must run.
  ///
  /// Other work on the machine can make one stop slow, so that the best of three counts.
  static func stop(_ start: String, _ program: String, after: Duration, check: String = "") -> Outcome {
    var outcome = Outcome(problem: nil)
    for _ in 0..<3 {
      outcome = onDeepStack { attempt(start, program, after: after, check: check) }
      if outcome.problem == nil { break }
    }
    return outcome
  }

  private static func attempt(_ start: String, _ program: String, after: Duration, check: String) -> Outcome {
    let session = Session.collecting().session
    do {
      try session.run(start, name: "start", echoes: false)
    } catch {
      return Outcome(problem: RuntimeError(error).message)
    }
    if let problem = attempt(program, in: session, after: after) { return Outcome(problem: problem) }
    do {
      try session.run("expect kept == 42\n\(check)", name: "check", echoes: false)
    } catch {
      return Outcome(problem: RuntimeError(error).text())
    }
    return Outcome(problem: nil)
  }

  /// The same in a session whose values are there; what is wrong, nil when nothing is.
  static func stop(_ program: String, in session: Session, after: Duration) -> String? {
    var problem: String?
    for _ in 0..<3 {
      problem = attempt(program, in: session, after: after)
      if problem == nil { break }
    }
    return problem
  }

  private static func attempt(_ program: String, in session: Session, after: Duration) -> String? {
    let milliseconds = Int(after / .milliseconds(1))
    let (request, end) = (Moment(), Moment())
    let alarm = WorkerThread {
      WorkerThread.pause(milliseconds: milliseconds)
      request.set()
      Interrupt.request()
      // Whoever does not stop at all would hold up all other tests.
      for _ in 0..<12000 where !end.isSet { WorkerThread.pause(milliseconds: 5) }
      if !end.isSet { fail("\(program) does not stop") }
    }
    var failure: RuntimeError?
    do {
      try session.run(program, name: "program", echoes: false)
    } catch {
      failure = RuntimeError(error)
    }
    end.set()
    alarm.join()
    Interrupt.clear()
    guard let failure else { return "it ended by itself" }
    guard failure.kind == .interrupted else { return failure.message }
    // Where other programs hold the processors, what counts is how long this one computed.
    let late = end.wall - request.wall
    let computed = end.processor - request.processor
    guard late < InterruptTests.promise || (computed < InterruptTests.promise && late < .seconds(5)) else {
      return "it took \(late) to stop, and computed for \(computed)"
    }
    return nil
  }

  /// A point in time, by the clock and by what this process has computed until then on all its threads.
  private final class Moment: @unchecked Sendable {
    private(set) var wall = ContinuousClock.now
    private(set) var processor = Duration.zero
    private let done = Atomic<Bool>(false)

    /// Whether it has come.
    var isSet: Bool { done.load(ordering: .acquiring) }

    func set() {
      var time = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      processor = .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
      wall = .now
      done.store(true, ordering: .releasing)
    }
  }

  /// Ends this process with a failure when there is a problem.
  static func demand(_ problem: String?) {
    guard let problem else { return }
    fail(problem)
  }
}

/// What an exit test leaves behind.
enum ChildProcess {
  /// Records what a process that did not succeed wrote.
  static func report(_ result: ExitTest.Result?) {
    guard let result, result.exitStatus != .exitCode(0) else { return }
    Issue.record("\(String(decoding: result.standardErrorContent, as: UTF8.self))")
  }
}

/// Ends this process, that of an exit test, with a message.
func fail(_ message: String) -> Never {
  let line = Array("\(message)\n".utf8)
  _ = write(2, line, line.count)
  exit(1)
}
