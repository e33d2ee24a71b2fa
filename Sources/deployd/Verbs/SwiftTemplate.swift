/// A new application in Swift, as `deployd init --swift` writes it: a package with one file, which is a release too.
struct SwiftTemplate {
    /// Where WebWorker's package is: a directory, or the address of a repository.
    let package: String

    /// The files by their paths in the release.
    var files: [(path: String, text: String)] {
        [("Package.swift", manifest), ("Sources/App/main.swift", Self.main), ("release.json", Self.release)]
    }

    /// Whether the package is a repository somewhere, and not a directory here.
    static func isRemote(_ package: String) -> Bool { package.contains("://") || package.hasPrefix("git@") }

    /// What SwiftPM calls a package: the last part of its place.
    private var identity: String {
        let name = package.split(separator: "/").last.map(String.init) ?? package
        return name.hasSuffix(".git") ? String(name.dropLast(4)) : name
    }

    private var manifest: String {
        let place = Self.isRemote(package) ? "url: \(literal(package)), branch: \"main\"" : "path: \(literal(package))"
        // Imports of the template's are not ours.
        return "// swift-tools-version: 6.2\nimport PackageDescription\n\n" + """
            let package = Package(
                name: "App",
                dependencies: [.package(\(place))],
                targets: [
                    .executableTarget(
                        name: "App", dependencies: [.product(name: "WebWorker", package: \(literal(identity)))])
                ]
            )

            """
    }

    private static let main =
        "import WebWorker\n\n" + """
            var app = Application()

            app.get("/healthz", always: Response(text: "ok\\n"))

            app.get("/") { _ in Response(html: "<!doctype html><title>App</title><p>It works.</p>\\n") }

            app.get("/hello/:name") { request in
                Response(text: "Hello, \\(request.parameters["name"] ?? "you")\\n")
            }

            // Files below "public", for what no route answers: app.files("public")

            app.run()

            """

    private static let release = """
        {
            // Made by: swift build -c release --static-swift-stdlib
            command: [".build/release/App"],
            health: { path: "/healthz" },
        }

        """

    private func literal(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) } + "\""
    }
}
