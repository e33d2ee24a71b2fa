import Linux
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A new application in Swift")
    struct SwiftTemplateTests {
        /// A build of the worker from nothing takes a minute or two on two cores.
        @Test("What init --swift writes builds as it says, and deploys")
        func buildsAndDeploys() throws {
            guard let swift = Program.find("swift") else {
                return skipped("the application in Swift", because: "swift is not on PATH")
            }
            let server = try Server()
            let directory = server.directory.path("releases/shop")
            let written = try server.deployd("init", "--swift", directory)
            #expect(written.status == .exited(code: 0), "\(written.errors)")
            let command = written.output.split(separator: "\n").first { $0.hasPrefix("to build it: swift build") }
            let words = try #require(command).split(separator: " ").dropFirst(4).map(String.init)
            let built = try Child.run([swift] + words + ["-j", "2"], upTo: .seconds(900))
            #expect(built.status == .exited(code: 0), "\(built.output)\n\(built.errors)")
            #expect(!built.output.contains("warning:") && !built.errors.contains("warning:"), "\(built.errors)")
            try server.deploy("shop")
            #expect(try server.get("/hello/baker") == "Hello, baker\n")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("init --swift leaves files that are there, and says what it does not understand")
        func refusals() throws {
            let server = try Server(started: false)
            let (there, new) = (server.directory.path("releases/v1"), server.directory.path("releases/new"))
            let kept = try server.deployd("init", "--swift", there)
            #expect(kept.status == .exited(code: 1))
            #expect(kept.errors.contains("release.json: found a file, which is left as it is"), "\(kept.errors)")
            #expect(kept.errors.contains("or move it away first"))
            // All or nothing.
            #expect(Files.kind("\(there)/Package.swift") == nil)
            let both = try server.deployd("init", "--swift", "--server", "node", new)
            #expect(both.status == .exited(code: 64))
            let remote = try server.deployd("init", "--swift", "--package", "https://example.com/a/deployd.git", new)
            #expect(remote.status == .exited(code: 0), "\(remote.errors)")
            let manifest = String(decoding: try Files.read("\(new)/Package.swift"), as: UTF8.self)
            #expect(manifest.contains(#".package(url: "https://example.com/a/deployd.git", branch: "main")"#))
            #expect(manifest.contains(#".product(name: "WebWorker", package: "deployd")"#))
            try server.waitUntilServing()
            try server.finish()
        }
    }
}
