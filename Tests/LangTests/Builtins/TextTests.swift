import Testing

@testable import Lang

@Suite struct TextTests {
  @Test func `numbers in texts are decimal and whole`() {
    let good: [(String, Double)] = [
      ("0", 0), (" -1.5 ", -1.5), ("+2", 2), ("1e3", 1000), (".5", 0.5), ("-inf", -.infinity),
      ("Infinity", .infinity),
      ("1E-2\t", 0.01), ("9007199254740993", 9_007_199_254_740_992),
    ]
    for (text, number) in good { #expect(NumberText.number(text) == number, "\(text)") }
    #expect(NumberText.number("NaN")?.isNaN == true)
    for text in ["", " ", "0x10", "1 2", "1,5", "e", "--1", "one", "1e", "infinite", "１"] {
      #expect(NumberText.number(text) == nil, "\(text)")
    }
  }

  @Test func `a text that holds no number is named`() {
    #expect(Session.message("number(\"four\")") == "number: \"four\" is not a number")
    #expect(Session.message("number({a: 1})")?.hasPrefix("number: `x` must be a text") == true)
  }

  @Test func `parts are found by character`() throws {
    let text = "naïve café"
    let range = try #require(try TextSearch.range(of: "café", in: text))
    #expect(text.distance(from: text.startIndex, to: range.lowerBound) == 6)
    #expect(try TextSearch.range(of: "cafe", in: text) == nil)
    #expect(try TextSearch.range(of: "aab", in: "aaab").map { "aaab"[$0] } == "aab")
    #expect(try TextSearch.range(of: "", in: "x")?.isEmpty == true)
    #expect(try TextSearch.range(of: "abc", in: "ab") == nil)
    #expect(try TextSearch.pieces(of: "aaaaa", between: "aa") == ["", "", "a"])
  }

  @Test func `splitting and joining are inverse`() throws {
    for text in ["", ",", "a", "a,b", ",a,,b,"] {
      #expect(try Session.shown("join(split(\"\(text)\", \",\"), \",\")") == "\"\(text)\"")
    }
    #expect(try Session.shown("split(\"a::b::\", \"::\")") == "[\"a\", \"b\", \"\"]")
    #expect(try Session.shown("lines(\"a\\r\\n\\nb\")") == "[\"a\", \"\", \"b\"]")
    #expect(Session.message("split(\"a\", \"\")") == "split: `separator` is empty")
  }

  @Test func `replacing does not look at what it wrote`() throws {
    #expect(try Session.shown("replace(\"aaa\", \"a\", \"aa\")") == "\"aaaaaa\"")
    #expect(try Session.shown("replace(\"abab\", \"aba\", \"x\")") == "\"xb\"")
  }

  @Test func `texts are padded by characters and never cut`() throws {
    #expect(try Session.shown("pad_left(\"é\", 3, \".\")") == "\"..é\"")
    #expect(try Session.shown("pad_right(\"abcd\", 2)") == "\"abcd\"")
    #expect(
      Session.message("pad_left(\"a\", 3, \"ab\")") == "pad_left: `fill` must be one character, got \"ab\"")
    #expect(Session.message("pad_left(\"a\", 1e12)")?.hasPrefix("pad_left: `width` must be") == true)
  }

  @Test func `numbers are formatted as C does`() throws {
    #expect(try Session.shown("format(1234.5678, digits: 2, style: \"fixed\")") == "\"1234.57\"")
    #expect(try Session.shown("format(-0.00012345, digits: 3)") == "\"-0.000123\"")
    #expect(try Session.shown("format(1234.5, digits: 2, style: \"exponent\")") == "\"1.23e+03\"")
    #expect(try Session.shown("format(1, digits: 0, style: \"percent\")") == "\"100%\"")
    #expect(try Session.shown("format(nan, style: \"fixed\", width: 5)") == "\"  nan\"")
    #expect(try Session.shown("len(format(1e300, digits: 100, style: \"fixed\"))") == "402")
    #expect(Session.message("format(1, style: \"fixd\")")?.hasPrefix("format: `style` must be") == true)
    #expect(Session.message("format(1, digits: 1000)") == "format: `digits` must be from 0 to 100, got 1000")
  }
}
