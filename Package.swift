// swift-tools-version: 6.1
import PackageDescription

/// Kernels are compiled for the machine they are built on, or for the processor that `RLS_MARCH` names.
///
/// `haswell` is for AVX2, `x86-64` for any of that architecture. Everything else keeps the defaults.
let processor = Context.environment["RLS_MARCH"] ?? "native"
#if arch(x86_64)
  let machine: [String] = ["-Xcc", "-march=\(processor)"]
#else
  let machine: [String] = []
#endif

let engineSettings: [SwiftSetting] = [
  .unsafeFlags(machine),
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
  .define(processor == "native" ? "PROCESSOR_OF_THIS_MACHINE" : "PROCESSOR_BY_NAME"),
]

let langSettings: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

let package = Package(
  name: "rls",
  products: [.executable(name: "rls", targets: ["Shell"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    .target(name: "Engine", exclude: ["Model/README.md"], swiftSettings: engineSettings),
    .target(
      name: "Lang",
      dependencies: ["Engine", "CPicture"],
      resources: ["prelude", "objectives", "advantages"].map { .embedInCode("Prelude/\($0).rls") },
      swiftSettings: langSettings),
    .target(name: "CPicture", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),
    .target(name: "CSandbox"),
    .target(name: "CZeroMQ", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .executableTarget(
      name: "Shell",
      dependencies: [
        "Lang", "CReadline", "CSandbox", "CZeroMQ",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .testTarget(name: "EngineTests", dependencies: ["Engine"]),
    .testTarget(name: "LangTests", dependencies: ["Lang"]),
    .testTarget(name: "ShellTests", dependencies: ["Shell", "SandboxProbe"]),
    .executableTarget(name: "SandboxProbe", dependencies: ["CSandbox"], path: "Tests/SandboxProbe"),
  ]
)
