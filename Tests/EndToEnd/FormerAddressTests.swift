import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// A listener is its name and its address: what is changed in the file is another listener, and the old one is leaving.
    @Suite("An address that is changed in deployd.json while no master reads it")
    struct FormerAddressTests {
        private func freeAddress() throws -> String { try ReloadListenerTests.freeAddress() }

        private func isAccepted(at address: String) throws -> Bool {
            let connection = try KeptConnection(address)
            return try connection.get("/version").body == "v1\n"
        }

        private func expectServed(at former: String, not new: String, _ server: Server) throws {
            let status = try server.status()
            #expect(status.listeners.map(\.address) == [new, former])
            #expect(status.listeners.map(\.leaving) == [nil, true])
            let text = try server.deployd("status").output
            for words in ["nobody accepts at \(new)", "still serves at \(former), which is not in `listen` any more"] {
                #expect(status.problems.contains { $0.what.contains(words) }, "\(status.problems)")
            }
            #expect(text.contains("\(former) (not in deployd.json any more)"), "\(text)")
            #expect(try server.get("/version", from: former) == "v1\n")
            #expect(try ReloadListenerTests.isRefused(new))
            let check = try server.deployd("check")
            #expect(check.status == .exited(code: 0), "\(check.errors)")
        }

        private func expectOnly(_ address: String, _ server: Server) throws {
            try server.waitUntilDrained()
            let status = try server.status()
            #expect(status.listeners.map(\.address) == [address])
            #expect(status.listeners.map(\.leaving) == [nil])
            #expect(status.problems.isEmpty, "\(status.problems)")
            #expect(try server.get("/version", from: address) == "v1\n")
        }

        @Test("A typo that a start has followed: who serves is told, and the corrected file is followed by a reload")
        func correctedByReload() throws {
            let (right, wrong) = (try freeAddress(), try freeAddress())
            let server = try Server(listen: [right])
            let load = try Load(.keepalive, at: right)
            try server.killMaster()
            try server.configure("workers: 2", listen: "\"\(wrong)\"")
            let check = try server.deployd("check")
            #expect(check.status == .exited(code: 0) && check.output.contains("no errors, but 1 warning"))
            #expect(check.errors.contains("\(right) is not in `listen` any more, and workers serve"), "\(check.errors)")
            try server.startAgain()
            try expectServed(at: right, not: wrong, server)
            try server.configure("workers: 2", listen: "\"\(right)\"")
            let reload = try server.deployd("reload")
            #expect(reload.status == .exited(code: 0), "\(reload.output)\(reload.errors)")
            try expectOnly(right, server)
            try load.end().expectPerfect("an address that was another for a while")
            try server.finish()
        }

        @Test("Each master after another kill goes on with the former address, and with the corrected file")
        func correctedByStart() throws {
            let (right, wrong) = (try freeAddress(), try freeAddress())
            let server = try Server(listen: [right])
            let load = try Load(.keepalive, at: right)
            for andKeeper in [false, false, true] {
                try server.killMaster(andKeeper: andKeeper)
                try server.configure("workers: 2", listen: "\"\(wrong)\"")
                try server.startAgain()
                try expectServed(at: right, not: wrong, server)
            }
            try server.killMaster()
            try server.configure("workers: 2", listen: "\"\(right)\"")
            let check = try server.deployd("check")
            #expect(check.status == .exited(code: 0), "\(check.errors)")
            try server.startAgain()
            try expectOnly(right, server)
            try load.end().expectPerfect("masters that were killed at another address")
            try server.finish()
        }

        @Test("An upgrade follows an edited address in the same way, and a restart ends the former one")
        func upgraded() throws {
            let (former, new) = (try freeAddress(), try freeAddress())
            let server = try Server(listen: [former])
            for _ in 0..<2 {
                try server.configure("workers: 2", listen: "\"\(new)\"")
                let upgrade = try server.deployd("upgrade")
                #expect(upgrade.status == .exited(code: 0), "\(upgrade.output)\(upgrade.errors)")
                try expectServed(at: former, not: new, server)
            }
            #expect(try server.deployd("restart").status == .exited(code: 0))
            try expectOnly(new, server)
            try wait(for: "the end of the former address", upTo: .seconds(60)) {
                try ReloadListenerTests.isRefused(former)
            }
            try server.finish()
        }

        @Test(
            "A unix socket and an abstract one are kept as well", arguments: ["unix:web.sock", "unix:@deployd-former"])
        func unixSockets(_ address: String) throws {
            let new = try freeAddress()
            let server = try Server(listen: [address])
            let former = try #require(try server.status().listeners.first?.address)
            try server.killMaster()
            try server.configure("workers: 2", listen: "\"\(new)\"")
            try server.startAgain()
            #expect(try server.status().listeners.map(\.address) == [new, former])
            #expect(try isAccepted(at: former))
            try server.killMaster()
            try server.configure("workers: 2", listen: "\"\(address)\"")
            try server.startAgain()
            let status = try server.status()
            #expect(status.listeners.map(\.address) == [former])
            #expect(status.problems.isEmpty, "\(status.problems)")
            #expect(try isAccepted(at: former))
            try server.finish()
        }

        @Test("Another name for an address at which workers serve is refused with both names, and changes nothing")
        func renamed() throws {
            let address = try freeAddress()
            let server = try Server(listen: [address])
            let pids = try server.pids()
            try server.killMaster()
            try server.configure("workers: 2", listen: "{ address: \"\(address)\", name: \"pub\" }")
            for verb in ["check", "start"] {
                let refused = try server.deployd(verb)
                #expect(refused.status == .exited(code: 1), "\(refused.output)")
                let words = "found the name \"pub\" for \(address), which the workers that serve there know as \"web\""
                #expect(refused.errors.contains("listen[0]: \(words)"), "\(refused.errors)")
                #expect(!refused.errors.contains("another program"), "\(refused.errors)")
            }
            let status = try server.deployd("status")
            #expect(status.errors.contains("does not take it over with this configuration"), "\(status.errors)")
            #expect(try server.get("/version", from: address) == "v1\n")
            try server.configure("workers: 2", listen: "{ address: \"\(address)\", name: \"web\" }")
            try server.startAgain()
            #expect(try server.pids() == pids)
            try expectOnly(address, server)
            try server.finish()
        }
    }
}
