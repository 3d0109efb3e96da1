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
      "<code>&amp;</code>", "<code>0.5</code><br><code>2</code>",
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
}
