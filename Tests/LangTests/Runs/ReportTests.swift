import Testing

@testable import Lang

/// Reports: one file that tells what runs did.
@Suite struct ReportTests {
  @Test func `a report has means with intervals, curves, settings, fingerprints and the program`() throws {
    let folder = try StoreFolder()
    let program = """
      # a <remark>
      fn train_one(tau, seed) = run(() => { for i in 1..3 { track i, {tau: tau}, reward: tau * i + seed, kl: 0.1 } }, {tau: tau, seed: seed, "<i>": "&"})
      t = sweep tau in [0.5, 2], seed in 1..3 { train_one(tau, seed) }
      save t, "\(folder.path)/t.html"
      save t, "\(folder.path)/t.csv"
      save t.run[0], "\(folder.path)/r.html"
      save t.run[0], "\(folder.path)/r.csv"
      save table([{a: "<b>"}]), "\(folder.path)/p.html"
      """
    let (session, _) = Session.collecting()
    session.set("folder", .text(folder.path))
    try session.run(program, name: "study.rls", echoes: false)
    let report = try folder.text("t.html")
    // Means 2 * (1 + 2 + 3) / 3 + 2 of seeds 1 to 3, whose deviation is 1: t(0.975, 2) / sqrt(3) = 2.48.
    for part in [
      "<td>6 <span class=\"half\">± 2.5</span></td>", "<svg", "rls study.rls", "# a &lt;remark&gt;",
      "&lt;i&gt;",
      "<h1>t</h1>", "<title>t</title>", "<code>&amp;</code>", "<code>0.5</code><br><code>2</code>",
    ] {
      #expect(report.contains(part), "\(part)")
    }
    #expect(!report.contains("<remark>") && !report.contains("src=") && !report.contains("href="))
    #expect(try folder.text("r.html").contains("1 run,"))
    #expect(try folder.text("r.csv") == "step,reward,kl\n1,1.5,0.1\n2,2,0.1\n3,2.5,0.1\n")
    let lines = try folder.text("t.csv").split(separator: "\n")
    #expect(lines[0] == "tau,seed,reward,kl,steps,fingerprint,folder")
    #expect(lines[1].hasPrefix("0.5,1,2,") && lines[1].hasSuffix(",3,,"))
    #expect(try folder.text("p.html").contains("<td>&lt;b&gt;</td>"))
  }

  @Test func `a report begins with its claims, each with verdict, interval and power`() throws {
    let folder = try StoreFolder()
    let program = """
      a = claim("b is <better>", metric: "reward", better: "b", than: "a", by: "name", paired: "seed", matters: 0.5)
      c = claim("a is better", metric: "reward", better: "a", than: "b", by: "name", paired: "seed", matters: 0.5)
      t = table({name: ["a", "b", "a", "b", "a", "b"], seed: [1, 1, 2, 2, 3, 3], reward: [1, 2, 1, 2.1, 1, 2.2]})
      save t, "\(folder.path)/t.html", claims: [a, c]
      save t, "\(folder.path)/one.html", claims: a
      v = judge([a, c], t)
      print v.visible[0], v.ci_low[0], v.says[1]
      """
    let (session, host) = Session.collecting()
    try session.run(program, name: "study.rls", echoes: false)
    let report = try folder.text("t.html")
    for part in [
      "b is &lt;better&gt;", "<p class=\"verdict supported\">supported</p>", "verdict contradicted",
      "<dt>interval</dt>", "<dt>seen with power 0.8</dt>", "paired by seed; t test; 0.5 matters",
    ] {
      #expect(report.contains(part), "\(part)")
    }
    #expect(report.split(separator: "<table>")[0].contains("<h2>Claims</h2>"))
    #expect(report.contains("<h1>t</h1>"))
    #expect(try folder.text("one.html").contains("<h1>b is &lt;better&gt;</h1>"))
    #expect(report.contains(String(host.output[0].trimmingNewlines().suffix(60))))
    let error = #expect(throws: RuntimeError.self) {
      try session.run("save t, \"\(folder.path)/t.csv\", claims: a", name: "test", echoes: false)
    }
    #expect(error?.message.contains("claims stand in a report") ?? false)
  }
}
