import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Listeners")
    struct ListenerTests {
        @Test("IPv4, IPv6 and a unix socket at once: no request fails on any of them")
        func families() throws {
            let server = try Server(listen: ["127.0.0.1:0", "[::1]:0", "unix:web.sock"])
            let listeners = try server.status().listeners
            #expect(listeners.map(\.steering.rawValue) == ["lanes", "lanes", "rename"])
            let loads = try listeners.map { try Load(.close, at: $0.address, connections: 8) }
            for release in ["v2", "v1", "v2", "v1", "v2"] { try server.deploy(release) }
            for (listener, load) in zip(listeners, loads) { try load.end().expectPerfect(listener.address) }
            try server.finish()
            #expect(Files.kind(server.directory.path("web.sock")) == nil, "the socket's name is taken away")
        }

        @Test("One listener for both IPv6 and IPv4 serves both")
        func dualStack() throws {
            let server = try Server(listen: ["[::]:0"])
            let port = try #require(try server.address().split(separator: ":").last)
            let loads = try ["127.0.0.1:\(port)", "[::1]:\(port)"].map { try Load(.close, at: $0, connections: 8) }
            for release in ["v2", "v1", "v2"] { try server.deploy(release) }
            for load in loads {
                let report = try load.end()
                report.expectPerfect("dual stack")
                #expect(report.epochs == ["v1", "v2", "v1", "v2"])
            }
            try server.finish()
        }

        @Test("A backlog that the kernel cuts is told by status, and once in the journal")
        func cutBacklog() throws {
            let limits = String(decoding: try Files.read("/proc/sys/net/core/somaxconn"), as: UTF8.self)
            let limit = try #require(limits.split(separator: "\n").first.flatMap { Int($0) })
            guard limit < 65_535 else { return skipped("cutBacklog", because: "the kernel cuts none") }
            let server = try Server(listen: ["{ address: \"127.0.0.1:0\", backlog: 65535 }"], workers: 1)
            try server.deploy("v2")
            let told = "asks for a backlog of 65535, and the kernel keeps at most \(limit) connections waiting"
            let problems = try server.status().problems
            #expect(problems.filter { $0.what.contains(told) }.count == 1, "\(problems)")
            #expect(server.master.errors.occurrences(of: told) == 1, "\(server.master.errors)")
            try server.finish()
        }

        @Test("Who connects before the first generation is ready waits, and is served")
        func firstStart() throws {
            let server = try Server(settings: "release: \"releases/slow\"", started: false) { releases in
                try releases.worker("slow", "--boot", "1.5", "--ready", "--body", "slow\\n")
            }
            let address = try wait(for: "the address") { try server.currentStatus()?.listeners.first?.address }
            let load = try Load(.close, at: address, connections: 8, bodies: ["slow\\n"])
            #expect(try server.status().serving == nil)
            try server.waitUntilServing()
            try wait(for: "answers") { try server.get("/") == "slow\n" }
            try load.end().expectPerfect("before readiness")
            try server.finish()
        }
    }

    @Suite("Programs that know nothing of deployd")
    struct PlainWorkerTests {
        @Test(
            "A worker that says nothing is ready when it answers, and is replaced without loss",
            arguments: [false, true])
        func plain(shutsDown: Bool) throws {
            let server = try Server { releases in
                for body in ["v1", "v2"] {
                    let words = shutsDown ? "--shutdown" : "--say=plain"
                    try releases.worker("plain-\(body)", words, "--body", "\(body)\\n")
                }
            }
            try server.deploy("plain-v1")
            let loads = try [Load.Mode.close, .keepalive].map { try Load($0, at: try server.address(), connections: 8) }
            for release in ["plain-v2", "plain-v1", "plain-v2", "v1"] { try server.deploy(release) }
            for load in loads {
                let report = try load.end()
                report.expectPerfect(shutsDown ? "shutdown at the end" : "level 0")
            }
            try server.waitUntilDrained()
            try server.finish()
        }
    }
}
