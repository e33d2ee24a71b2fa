// swift-tools-version: 6.2
import PackageDescription

// One set of strict settings for every Swift target: a warning is an error, and what is unsafe says so.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// What is installed brings Swift's libraries along: it starts in half the time, takes half the memory, and runs on a
/// machine without Swift. A debug build stays as it is, since it is linked again and again.
let standalone: [LinkerSetting] = [.unsafeFlags(["-static-stdlib", "-use-ld=lld"], .when(configuration: .release))]

/// What the static FoundationEssentials needs beside itself.
let foundationParts: [LinkerSetting] = [
    .unsafeFlags(["-l_FoundationCollections", "-l_FoundationCShims"], .when(configuration: .release))
]

/// An executable of the example site. Its code stands in the release that it belongs to.
func site(_ version: String) -> Target {
    .executableTarget(
        name: "site-\(version)", dependencies: ["WebWorker"], path: "releases/\(version)",
        exclude: ["public", "release.json"], sources: ["Sources"], swiftSettings: strict, linkerSettings: standalone)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

let package = Package(
    name: "deployd",
    products: [
        .executable(name: "deployd", targets: ["deployd"]),
        .library(name: "WebWorker", targets: ["WebWorker"]),
        .library(name: "WebWorkerJSON", targets: ["WebWorkerJSON"]),
        .library(name: "WebWorkerTesting", targets: ["WebWorkerTesting"]),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "Linux", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "Handoff", dependencies: ["Linux"], swiftSettings: strict),
        // Speaks TLS by OpenSSL, which is opened at run time and linked to by nothing.
        .target(name: "TLS", dependencies: ["CLinux", "Linux", "Handoff"], swiftSettings: strict),
        // Compresses by zlib, which is opened in the same way.
        .target(name: "Compression", dependencies: ["CLinux"], swiftSettings: strict),
        // Decides, and depends on nothing: the compiler proves that it reads no clock and holds no descriptor.
        .target(name: "DeployCore", swiftSettings: strict),
        .target(
            name: "Supervisor", dependencies: ["DeployCore", "Linux", "Handoff", "TLS", "Compression"],
            swiftSettings: strict),
        .target(name: "WebWorker", dependencies: ["Linux", "Handoff", "TLS", "Compression"], swiftSettings: strict),
        .target(name: "WebWorkerJSON", dependencies: ["WebWorker"], swiftSettings: strict),
        .target(name: "WebWorkerTesting", dependencies: ["WebWorker"], swiftSettings: strict),
        // The sites are built with the command (not linked into it), so that `swift run deployd start` has what to serve.
        .executableTarget(
            name: "deployd",
            dependencies: ["Supervisor", "DeployCore", "Linux", "Handoff", "WebWorker", "site-v1", "site-v2"],
            resources: [.embedInCode("Console/Page")],
            swiftSettings: strict, linkerSettings: standalone + foundationParts),
        site("v1"),
        site("v2"),
        .target(
            name: "StrictLoad", dependencies: ["Linux"], path: "Benchmarks/StrictLoad", exclude: ["Command"],
            swiftSettings: strict),
        .executableTarget(
            name: "strict-load", dependencies: ["StrictLoad", "Linux"], path: "Benchmarks/StrictLoad/Command",
            swiftSettings: strict),

        // A WebWorker in front of another server, for Benchmarks/upstreams.sh.
        .executableTarget(
            name: "front", dependencies: ["WebWorker"], path: "Benchmarks/Front", swiftSettings: strict,
            linkerSettings: standalone),

        .target(
            name: "TestSupport", dependencies: ["Linux", "DeployCore"], path: "Tests/TestSupport", swiftSettings: strict
        ),
        tests("LinuxTests", ["Linux"]),
        tests("HandoffTests", ["Handoff", "Linux"]),
        tests("TLSTests", ["TLS", "Handoff", "Linux", "CLinux"]),
        tests("DeployCoreTests", ["DeployCore"]),
        tests("SupervisorTests", ["Supervisor", "DeployCore", "Linux", "Handoff", "TLS"]),
        tests("WebWorkerTests", ["WebWorker", "WebWorkerJSON", "Linux", "Handoff", "TLS", "Compression"]),
        tests("WebWorkerTestingTests", ["WebWorkerTesting", "WebWorker"]),
        tests("StrictLoadTests", ["StrictLoad", "strict-load", "Linux"]),
        tests("DeploydTests", ["deployd", "Supervisor", "DeployCore", "Linux", "WebWorker", "WebWorkerTesting"]),
        tests("EndToEnd", ["deployd", "strict-load", "Supervisor", "DeployCore", "Linux", "TLS"]),
    ],
    swiftLanguageModes: [.v6]
)
