import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Idle connections at a deploy")
    struct HandoverTests {
        /// Clients that have asked once, and keep their connections.
        private func clients(_ count: Int, of server: Server, expecting body: String) throws -> [KeptConnection] {
            let address = try server.address()
            let clients = try (0..<count).map { _ in try KeptConnection(address) }
            try expect(body, from: clients)
            return clients
        }

        private func expect(_ body: String, from clients: [KeptConnection]) throws {
            for client in clients {
                let answer = try client.get("/version")
                #expect(answer.body == body && !answer.closes, "\(answer.head)")
            }
        }

        @Test("They go to the new code, and their clients notice nothing, deploy after deploy")
        func deploys() throws {
            let server = try Server()
            let clients = try clients(400, of: server, expecting: "v1\n")
            try server.deploy("v2")
            try server.waitUntilDrained()
            try expect("v2\n", from: clients)
            // Two in a row, in which nobody asks: what was handed over is handed over again.
            try server.deploy("v1")
            try server.deploy("v2")
            try server.waitUntilDrained()
            let board = try #require(try server.status().generations.first?.scoreboard)
            #expect(board.connections == 400 && board.adopted == 400, "\(board)")
            try expect("v2\n", from: clients)
            try server.finish(now: true)  // The clients keep their connections: a stop would wait for them.
        }

        @Test("They go although the master that started the workers was killed")
        func killedMaster() throws {
            let server = try Server()
            let clients = try clients(50, of: server, expecting: "v1\n")
            for version in ["v2", "v1"] {
                try server.killMaster()
                try server.startAgain()
                try server.deploy(version)
                try server.waitUntilDrained()
                try expect(version + "\n", from: clients)
            }
            // Between the cut-over and the drain, too.
            let deploy = try server.begin("deploy", "v2")
            try wait(for: "the watch", until: { try server.get("/version") == "v2\n" })
            try server.killMaster()
            _ = try deploy.wait()
            try server.startAgain()
            try server.waitUntilDrained()
            let version = try server.get("/version")
            try expect(version, from: clients)
            try server.finish(now: true)  // The clients keep their connections: a stop would wait for them.
        }

        @Test("When there are to be fewer workers, those that go give them to those that stay")
        func scale() throws {
            let server = try Server(workers: 3)
            let clients = try clients(90, of: server, expecting: "v1\n")
            #expect(try server.deployd("scale", "1").status == .exited(code: 0))
            try wait(for: "two workers to go") { try server.pids().count == 1 }
            let board = try #require(try server.status().generations.first?.scoreboard)
            #expect(board.connections == 90, "\(board)")
            try expect("v1\n", from: clients)
            try server.finish(now: true)  // The clients keep their connections: a stop would wait for them.
        }

        @Test("Where the new code takes none, the old answers once more, says that it closes, and then it closes")
        func toPlainWorker() throws {
            let server = try Server { releases in try releases.worker("plain", "--ready", "--body", "plain\\n") }
            let clients = try clients(8, of: server, expecting: "v1\n")
            try server.deploy("plain")
            try wait(for: "the drain") { try server.status().generations.contains { $0.state == .draining } }
            for client in clients {
                let answer = try client.get("/version")
                #expect(answer.body == "v1\n" && answer.closes, "\(answer.head)")
            }
            try server.waitUntilDrained()
            try server.finish(now: true)  // The clients keep their connections: a stop would wait for them.
        }

        @Test("A connection that arrives where nobody accepts any more is given to the new code as well, and counted")
        func straggler() throws {
            let server = try Server(listen: ["unix:web.sock"])
            let old = try server.pids()
            // Workers that stand still accept nothing: what comes now is the master's to pass on.
            for pid in old { _ = try ProcessDescriptor(pid: pid).send(.stop) }
            try server.deploy("v2")
            try wait(for: "the drain") { try server.status().generations.contains { $0.state == .draining } }
            let straggler = try KeptConnection("unix:\(server.directory.path("web.sock")).1")
            let answer = try straggler.get("/version")
            #expect(answer.body == "v2\n" && !answer.closes, "\(answer.head)")
            let report = try server.status()
            #expect(report.listeners.map(\.stragglers) == [1])
            #expect(report.generations.first { $0.number == 2 }?.scoreboard?.adopted == 1)
            for pid in old { _ = try ProcessDescriptor(pid: pid).send(.cont) }
            try server.waitUntilDrained()
            #expect(try straggler.get("/version").body == "v2\n")
            try server.finish(now: true)  // The clients keep their connections: a stop would wait for them.
        }
    }
}
