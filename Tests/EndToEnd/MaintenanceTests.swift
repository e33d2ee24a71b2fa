import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("deployd maintenance")
    struct MaintenanceTests {
        private static let page = "<p>back soon\n"
        /// What users may get over the whole time: the site, or the page.
        private static let either = ["--expect-status", "200,503"]
        private static let bodies = ["v1\\n", "v2\\n", "<p>back soon\\n"]

        /// Turns it on, with a page of the test's own, and gives what is said.
        @discardableResult
        private static func turnOn(_ server: Server, _ more: [String] = []) throws -> String {
            try server.directory.write("page.html", page)
            let words = ["maintenance", "on", "--page", server.directory.path("page.html")] + more
            let finished = try Child.run(server.command(words))
            #expect(finished.status == .exited(code: 0), "\(finished.output)\(finished.errors)")
            return finished.output
        }

        private static func turnOff(_ server: Server) throws {
            let finished = try server.deployd("maintenance", "off")
            #expect(finished.status == .exited(code: 0), "\(finished.output)\(finished.errors)")
        }

        /// Asks on a connection of its own; from an address of this machine.
        private static func ask(_ address: String, from source: String = "127.0.0.1") throws -> KeptConnection.Answer {
            try KeptConnection(address, from: source).get("/version")
        }

        private static func expectPage(_ address: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let answer = try ask(address)
            #expect(
                answer.head.hasPrefix("HTTP/1.1 503 ") && answer.body == page && answer.closes,
                "\(answer.head)\(answer.body)",
                sourceLocation: sourceLocation)
        }

        /// The processes that answer with the page.
        private static func workers(of server: Server) throws -> [Int32] {
            try Files.list("/proc").compactMap(Int32.init).filter { pid in
                let words = (try? Files.read("/proc/\(pid)/cmdline")) ?? []
                let environment = (try? Files.read("/proc/\(pid)/environ")) ?? []
                return String(decoding: words, as: UTF8.self).contains("__maintenance\0")
                    && String(decoding: environment, as: UTF8.self).contains("=\(server.directory.path)/")
            }
        }

        @Test("on and off again and again: only the page while it is on, and nothing fails, on kept connections too")
        func underLoad() throws {
            let server = try Server()
            let address = try server.address()
            let loads = try [Load.Mode.close, .keepalive].map {
                try Load($0, at: address, connections: 8, bodies: Self.bodies, extra: Self.either)
            }
            for _ in 1...5 {
                let kept = try (1...8).map { _ in try KeptConnection(address) }
                for client in kept { #expect(try client.get("/version").body == "v1\n") }
                #expect(try !Self.turnOn(server).contains("stay with the server"))
                for _ in 1...20 { try Self.expectPage(address) }
                try wait(for: "the kept connections to be handed over") {
                    try server.status().generations.first?.scoreboard?.idle == 0
                }
                for client in kept { #expect(try client.get("/version").body == Self.page) }
                try Self.turnOff(server)
                for _ in 1...20 { #expect(try Self.ask(address).body == "v1\n") }
            }
            for load in loads { try load.end().expectPerfect("five times on and off") }
            try wait(for: "its workers to end") { try Self.workers(of: server) == [] }
            let history = try server.history().filter { $0.verb == "maintenance" }.map(\.outcome.rawValue)
            #expect(history == Array(repeating: ["on", "off"], count: 5).flatMap(\.self))
            #expect(try server.status().lastDeploy?.outcome == .committed)
            try server.finish()
        }

        @Test("Any server that accepts from a lane: only the page while it is on, and its kept connections are told of")
        func foreignServer() throws {
            let server = try Server {
                try $0.worker("other", "--ready", "--body", "v1\\n", manifest: "watch: \"50ms\"")
            }
            try server.deploy("other")
            try server.waitUntilDrained()
            let address = try server.address()
            let load = try Load(.close, at: address, connections: 4, bodies: Self.bodies, extra: Self.either)
            for _ in 1...5 {
                #expect(try Self.turnOn(server).contains("stay with the server"))
                for _ in 1...20 { try Self.expectPage(address) }
                try Self.turnOff(server)
                for _ in 1...20 { #expect(try Self.ask(address).body == "v1\n") }
            }
            try load.end().expectPerfect("five times on and off")
            // As many bytes as a page may have, each of them two on the way to the master.
            let large = String(repeating: "\"", count: 1 << 20)
            try server.directory.write("large.html", large)
            let finished = try server.deployd("maintenance", "on", "--page", server.directory.path("large.html"))
            #expect(finished.status == .exited(code: 0), "\(finished.errors)")
            #expect(try Self.ask(address).body == large)
            try server.finish()
        }

        @Test("It stays on over a deploy, a kill of each process, an upgrade, and a stop; who is let in gets the site")
        func stays() throws {
            let server = try Server()
            let address = try server.address()
            try Self.turnOn(server, ["--allow", "127.0.0.2,10.0.0.0/8", "--retry-after", "10m"])
            #expect(try Self.ask(address).head.contains("\r\nRetry-After: 600\r\n"))
            let users = try Load(
                .close, at: address, connections: 4, bodies: ["<p>back soon\\n"],
                extra: ["--expect-status", "503", "--source", "127.0.0.1"])
            let guests = try Load(.keepalive, at: address, connections: 4, extra: ["--source", "127.0.0.2"])
            try server.deploy("v2")
            try server.waitUntilDrained()
            #expect(try Self.ask(address, from: "127.0.0.2").body == "v2\n")
            let report = try #require(try server.status().maintenance)
            #expect(report.allow == ["127.0.0.2", "10.0.0.0/8"] && report.retryAfterSeconds == 600 && report.ready)
            #expect(try server.status().problems.contains { $0.advice.contains("deployd maintenance off") })
            let worker = try #require(try Self.workers(of: server).first)
            for number in [1, 2] { #expect(try Files.readLink("/proc/\(worker)/fd/\(number)") == "/dev/null") }
            for andKeeper in [false, true] {
                try server.killMaster(andKeeper: andKeeper)
                try Self.expectPage(address)
                try server.startAgain()
                try Self.expectPage(address)
                #expect(try Self.workers(of: server) == [worker])
            }
            #expect(try server.deployd("upgrade").status == .exited(code: 0))
            try Self.expectPage(address)
            #expect(try Self.workers(of: server) == [worker])
            #expect(try Self.ask(address, from: "127.0.0.2").body == "v2\n")
            try users.end().expectPerfect("users, over a deploy, two kills and an upgrade")
            try guests.end().expectPerfect("those who are let in")
            _ = try ProcessDescriptor(pid: worker).send(.kill)
            try Self.expectPage(address)
            // One that hangs is replaced; who came meanwhile waits.
            try wait(for: "another worker") { try Self.workers(of: server).contains { $0 != worker } }
            let other = try #require(try Self.workers(of: server).first { $0 != worker })
            _ = try ProcessDescriptor(pid: other).send(.stop)
            try Self.expectPage(address)
            #expect(try !Self.workers(of: server).contains(other))
            try server.finish()
            #expect(try Self.workers(of: server) == [])
            try server.startAgain()
            let again = try server.address()
            try Self.expectPage(again)
            try Self.turnOff(server)
            #expect(try Self.ask(again).body == "v2\n")
            try server.finish()
        }

        @Test("A client that has its next request begun at any time gets one more answer, and then no other")
        func greedy() throws {
            let server = try Server()
            let client = try KeptConnection(try server.address())
            let begun = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123456789"
            try client.send(begun)
            try client.send("0\(begun)")
            #expect(try !client.answer().closes)
            try Self.turnOn(server)
            try client.send("0\(begun)")
            let inHand = try client.answer()
            #expect(inHand.body == "1234567890")
            if !inHand.closes {
                try client.send("0\(begun)")
                #expect(try client.answer().closes)
            }
            try Self.turnOff(server)
            try server.finish()
        }

        @Test("Proofs for ACME are answered all the while")
        func challenges() throws {
            let server = try Server(settings: "tls: { challenges: \"acme\" }") {
                try $0.directory.write("acme/.well-known/acme-challenge/tok", "proof")
            }
            _ = try Self.turnOn(server)
            let proof = try KeptConnection(try server.address()).get("/.well-known/acme-challenge/tok")
            #expect(proof.body == "proof", "\(proof.head)")
            try Self.expectPage(try server.address())
            try Self.turnOff(server)
            try server.finish()
        }

        @Test("Where no listener can be steered, or what is asked makes no sense, it says so and nothing changes")
        func refusals() throws {
            let server = try Server(listen: ["unix:web.sock"])
            let refused = try server.deployd("maintenance", "on")
            #expect(
                refused.status == .exited(code: 1) && refused.errors.contains("no listener has lanes"),
                "\(refused.errors)")
            #expect(try server.status().maintenance == nil)
            try server.directory.write("empty.html", "")
            try server.directory.write("control.html", "<p>\u{1}</p>")
            for (words, what) in [
                (["on", "--allow", "localhost"], "localhost"), (["maybe"], "on or off"),
                (["off", "--page", "x"], "--page"),
                (["on", "--retry-after", "100ms"], "100ms"),
                (["on", "--page", server.directory.path("empty.html")], "empty"),
                (["on", "--page", server.directory.path("control.html")], "byte 1"),
                (["on", "--page", server.directory.path("none.html")], "none.html"),
            ] {
                let finished = try Child.run(server.command(["maintenance"] + words))
                #expect(
                    finished.status != .exited(code: 0) && finished.errors.contains(what),
                    "\(words): \(finished.errors)")
            }
            #expect(try server.deployd("maintenance", "off").output.contains("off already"))
            try server.finish()
        }
    }
}
