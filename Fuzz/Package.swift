// swift-tools-version: 6.2
import PackageDescription

// The fuzzer's targets, apart from the package itself: they need a sanitizer's run-time library, and look into WebWorker's
// insides. See README.md.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "deployd", path: "..")],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz", dependencies: ["CFuzzer", .product(name: "WebWorker", package: "deployd")],
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
    ],
    swiftLanguageModes: [.v6]
)
