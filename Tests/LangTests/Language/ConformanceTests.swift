import Testing

@testable import Lang

/// The programs of `Tests/Language`, a file a topic.
@Suite struct ConformanceTests {
  static let files = SourceTree.files(in: "Tests/Language", ending: ".rls")

  @Test(arguments: files) func `programs do what their comments say`(file: String) throws {
    let programs = try AnnotatedProgram.programs(inFile: "Tests/Language/\(file)")
    for program in programs {
      #expect(program.expectsSomething, "\(program.place) expects nothing")
      program.check()
    }
  }

  @Test func `there are programs for every part of the language`() throws {
    let programs = try ConformanceTests.files.flatMap { try AnnotatedProgram.programs(inFile: "Tests/Language/\($0)") }
    #expect(programs.count >= 200)
  }
}
