import Testing

@testable import Engine

@Suite struct StudentTTests {
  /// mpmath 1.3.0 with 40 digits: the root of 1 - I_x(n / 2, 1 / 2) / 2 = p.
  static let quantiles: [(p: Double, degrees: Double, t: Double)] = [
    (0.6, 1, 0.32491969623290633), (0.975, 1, 12.706204736174705), (0.9999, 1, 3183.0987571181509),
    (0.6, 2, 0.28867513459481288), (0.975, 2, 4.3026527297494639), (0.9999, 2, 70.700071074964278),
    (0.6, 3, 0.27667066233268991), (0.975, 3, 3.1824463052837096), (0.9999, 3, 22.203742273204183),
    (0.6, 4, 0.27072229470759742), (0.975, 4, 2.7764451051977944), (0.9999, 4, 13.033671720896456),
    (0.6, 7, 0.26316686135202281), (0.975, 7, 2.3646242515927853), (0.9999, 7, 7.063432828157514),
    (0.6, 30, 0.25560536495191277), (0.975, 30, 2.0422724563012383), (0.9999, 30, 4.2339859572720211),
    (0.6, 1000, 0.25341451583949876), (0.975, 1000, 1.9623390808264085), (0.9999, 1000, 3.7328516045753681),
  ]

  /// 1 - p has 1e-16 / 1e-4 left of its digits for p = 0.9999.
  @Test(arguments: quantiles) func `quantiles agree with mpmath`(p: Double, degrees: Double, t: Double) {
    #expect(abs(StudentT.quantile(p, degrees: degrees) / t - 1) < 2e-12)
    #expect(abs(StudentT.quantile(1 - p, degrees: degrees) / t + 1) < 2e-12)
  }

  @Test func `the middle is zero and the ends are nowhere`() {
    #expect(StudentT.quantile(0.5, degrees: 5) == 0)
    #expect(StudentT.quantile(1, degrees: 5).isNaN)
    #expect(StudentT.quantile(0.9, degrees: 0).isNaN)
  }
}
