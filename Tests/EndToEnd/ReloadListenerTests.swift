import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("deployd reload, with listeners that come and go")
    struct ReloadListenerTests {
        /// The listener that every one of these servers begins with.
        static let web = "\"127.0.0.1:0\""

        @Test("opens and closes addresses, and no request fails at those that stay")
        func comeAndGo() throws {
            let server = try Server()
            let load = try Load(.keepalive, at: try server.address())
            let early = try server.pids()
            try server.configure(
                "keep: 4", listen: "\(Self.web), { address: \"127.0.0.1:0\", name: \"admin\" }, \"unix:extra.sock\"")
            let more = try server.deployd("reload")
            #expect(more.status == .exited(code: 0), "\(more.errors)")
            for words in ["admin at 127.0.0.1:0 added", "web3 at unix:", "keep: all → 4", "v1 serves now"] {
                #expect(more.output.contains(words), "\(more.output)")
            }
            try server.waitUntilDrained()
            let before = try server.status()
            #expect(before.listeners.map(\.name) == ["web", "admin", "web3"])
            #expect(Set(try server.pids()).isDisjoint(with: early))
            // Who asks at an address that goes away goes before.
            for listener in before.listeners.dropFirst() {
                let visitors = try Load(.close, at: listener.address, connections: 8)
                let asked = try server.status().generations.first?.scoreboard?.requests ?? 0
                try wait(for: "their answers", upTo: .seconds(60)) {
                    try server.status().generations.first?.scoreboard?.requests ?? 0 > asked + 20_000
                }
                try visitors.end().expectPerfect(listener.name)
            }
            try server.configure(
                "keep: 4, umask: \"022\"", listen: "\(Self.web), { address: \"[::1]:0\", name: \"six\" }")
            let fewer = try server.deployd("reload")
            #expect(fewer.status == .exited(code: 0), "\(fewer.errors)")
            let changes = [
                "six at [::1]:0 added", "admin at 127.0.0.1:0 removed", "web3 at unix:", "umask: none → 022\n",
            ]
            for words in changes {
                #expect(fewer.output.contains(words), "\(fewer.output)")
            }
            #expect(!fewer.output.contains("`deployd restart"), "it was that: \(fewer.output)")
            try server.waitUntilDrained()
            let after = try server.status()
            #expect(after.listeners.map(\.name) == ["web", "six"])
            #expect(after.listeners[0].address == before.listeners[0].address)
            for listener in after.listeners { #expect(try server.get("/version", from: listener.address) == "v1\n") }
            try wait(for: "the end of the address that is gone", upTo: .seconds(60)) {
                try Self.isRefused(before.listeners[1].address)
            }
            #expect(Files.kind(server.directory.path("extra.sock")) == nil)
            try server.deploy("v2")
            try load.end().expectPerfect("the address that stayed")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("goes back to the settings of before when the workers for the new listeners do not come up")
        func failedRestart() throws {
            let server = try Server()
            let load = try Load(.keepalive, at: try server.address())
            let before = try server.pids()
            let manifest = server.directory.path("releases/v1/release.json")
            let good = try Files.read(manifest)
            try server.directory.write("releases/v1/release.json", "{ command: [\"false\"] }\n")
            let added = try Self.freeAddress()
            try server.configure("keep: 4", listen: "\(Self.web), \"\(added)\"")
            let failed = try server.deployd("reload")
            #expect(failed.status == .exited(code: 1))
            #expect(failed.errors.contains("the settings from before the reload apply again"), "\(failed.errors)")
            #expect(try server.pids() == before)
            #expect(try server.status().listeners.filter { $0.leaving == nil }.count == 1)
            try wait(for: "the address to be free again", upTo: .seconds(60)) { try Self.isRefused(added) }
            try server.directory.write("releases/v1/release.json", String(decoding: good, as: UTF8.self))
            #expect(try server.deployd("reload").status == .exited(code: 0))
            #expect(try server.get("/version", from: added) == "v1\n")
            try load.end().expectPerfect("a reload that failed, and one that did not")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("refuses an address that another program has, and changes nothing")
        func busyAddress() throws {
            let server = try Server()
            let before = try server.pids()
            let holder = try Socket.stream(.v4)
            try holder.bind(try #require(SocketAddress(parsing: "127.0.0.1:0")))
            try holder.listen(backlog: 1)
            let address = try holder.localAddress()
            try server.configure("keep: 4", listen: "\(Self.web), \"\(address)\"")
            let refused = try server.deployd("reload")
            #expect(refused.status == .exited(code: 1))
            let words = "listen[1]: found \"\(address)\" in use by another program"
            #expect(refused.errors.contains(words), "\(refused.errors)")
            #expect(try server.pids() == before)
            // A program that goes on by this file would fail at that address: it is not let to.
            let upgrade = try server.deployd("upgrade", try server.copyProgram("one"))
            #expect(upgrade.status == .exited(code: 1))
            #expect(upgrade.errors.contains("\(address)"), "\(upgrade.errors)")
            #expect(try server.status().listeners.count == 1)
            try server.finish()
        }

        @Test("outlives a kill of the master while the new workers are watched")
        func killed() throws {
            let server = try Server(watch: "2s")
            let load = try Load(.keepalive, at: try server.address())
            let added = try Self.freeAddress()
            try server.configure("keep: 4", listen: "\(Self.web), \"\(added)\"")
            let reload = try server.begin("reload")
            try wait(for: "the watch", upTo: .seconds(60)) {
                try server.currentStatus()?.deployment?.step.rawValue == "watching"
            }
            try server.killMaster()
            _ = try reload.wait(upTo: .seconds(60))
            try server.startAgain()
            try wait(for: "the restart to be over", upTo: .seconds(60)) {
                try server.currentStatus().map { $0.deployment == nil && $0.serving == 2 } ?? false
            }
            try server.waitUntilDrained()
            #expect(try server.status().listeners.count == 2)
            #expect(try server.get("/version", from: added) == "v1\n")
            try load.end().expectPerfect("a master killed in a reload")
            try server.finish()
        }

        @Test("of a master that was killed before: what is new in the file gets workers by a restart")
        func newWithoutWorkers() throws {
            let server = try Server()
            let added = try Self.freeAddress()
            try server.configure("keep: 4", listen: "\(Self.web), \"\(added)\"")
            try server.killMaster()
            try server.startAgain()
            let problems = try server.status().problems
            #expect(problems.contains { "\($0)".contains("nobody accepts at \(added)") }, "\(problems)")
            #expect(try Self.isRefused(added))
            #expect(try server.deployd("restart").status == .exited(code: 0))
            #expect(try server.status().problems.isEmpty)
            #expect(try server.get("/version", from: added) == "v1\n")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("to an address that covers one of deployd's own: the reload, and a check before it, say that it is that")
        func wider() throws {
            let address = try Self.freeAddress()
            let port = try #require(address.split(separator: ":").last)
            let server = try Server(listen: [address])
            try server.configure("keep: 4", listen: "\"0.0.0.0:\(port)\"")
            for verb in ["check", "reload"] {
                let refused = try server.deployd(verb)
                #expect(refused.status == .exited(code: 1), "\(refused.output)")
                #expect(refused.errors.contains("while deployd itself holds \(address)"), "\(refused.errors)")
                #expect(refused.errors.contains("`deployd stop --config "), "\(refused.errors)")
            }
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        /// An address on which nobody listens.
        static func freeAddress() throws -> String {
            let socket = try Socket.stream(.v4)
            try socket.bind(try #require(SocketAddress(parsing: "127.0.0.1:0")))
            return try socket.localAddress().description
        }

        static func isRefused(_ address: String) throws -> Bool {
            let socket = try Socket.stream(.v4)
            do { _ = try socket.connect(try #require(SocketAddress(parsing: address))) } catch {
                return (error as? SystemError)?.errno == .connectionRefused
            }
            let isWritable = try Poll.writable(socket.number, timeout: .seconds(30))
            return try isWritable && socket.takeError() == .connectionRefused
        }
    }
}
