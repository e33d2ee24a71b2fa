import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Kept connections while a release is watched")
    struct SightTests {
        /// Clients that have asked once, and keep their connections.
        private static func clients(_ count: Int, of server: Server) throws -> [KeptConnection] {
            let address = try server.address()
            let clients = try (0..<count).map { _ in try KeptConnection(address) }
            for client in clients { #expect(try client.get("/version").body == "v1\n") }
            return clients
        }

        private static func waitForWatch(of server: Server) throws {
            try wait(for: "the watch") { try server.currentStatus()?.deployment?.step == .watching }
        }

        private static func waitForCanary(_ percent: Int, on server: Server) throws {
            try wait(for: "a canary of \(percent) %") {
                let report = try server.currentStatus()
                return report?.deployment?.canaryPercent == percent
                    && Set(report?.generations.map(\.state) ?? []).isSuperset(of: [.serving, .canary])
            }
        }

        /// Waits until all are answered by this release, each on its connection, which nobody says will close.
        private static func waitUntilAll(_ clients: [KeptConnection], meet version: String) throws {
            try wait(for: "all to be answered by \(version)") {
                let answers = try clients.map { try $0.get("/version") }
                #expect(!answers.contains { $0.closes })
                return answers.allSatisfy { $0.body == version + "\n" }
            }
        }

        /// Which of them are answered by the second release now.
        private static func meetNew(_ clients: [KeptConnection]) throws -> [Bool] {
            try clients.map { try $0.get("/version").body == "v2\n" }
        }

        /// How many connections a generation has.
        private static func connections(of generation: Int, _ server: Server) throws -> Int? {
            try server.status().generations.first { $0.number == generation }?.scoreboard?.connections
        }

        @Test("They go to the new release at the cut-over, and come back with a roll-back, on the same connections")
        func goAndComeBack() throws {
            let server = try Server(watch: "10m")
            let clients = try Self.clients(60, of: server)
            let deploy = try server.begin("deploy", "v2")
            try Self.waitForWatch(of: server)
            try Self.waitUntilAll(clients, meet: "v2")
            #expect(try Self.connections(of: 1, server) == 0)
            #expect(try Self.connections(of: 2, server) == 60)
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.errors)")
            try Self.waitUntilAll(clients, meet: "v1")
            try server.waitUntilDrained()
            #expect(try Self.connections(of: 1, server) == 60)
            // What was told for that deploy does not hold for the next.
            let next = try server.begin("deploy", "v2")
            try Self.waitUntilAll(clients, meet: "v2")
            #expect(try server.status().deployment?.step == .watching)
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            _ = try next.wait(upTo: .seconds(60))
            try server.finish(now: true)  // The clients keep their connections: a stop would wait for them.
        }

        @Test("What probes a new release stays there, whatever was told of kept connections before")
        func probes() throws {
            let server = try Server { releases in
                try releases.directory.write("releases/sick/public/index.html", "sick\n")
                try releases.directory.write(
                    "releases/sick/release.json",
                    """
                    { web: { files: "public", forward: { "/healthz": "127.0.0.1:1" } }, health: { path: "/healthz" },
                      readyTimeout: "3s" }
                    """)
            }
            let clients = try Self.clients(4, of: server)
            try server.deploy("v2")
            try Self.waitUntilAll(clients, meet: "v2")
            let deploy = try server.deployd("deploy", "sick")
            #expect(deploy.status == .exited(code: 1), "\(deploy.output)")
            #expect(deploy.errors.contains("/healthz"), "\(deploy.errors)")
            try Self.waitUntilAll(clients, meet: "v2")
            try server.finish(now: true)
        }

        @Test("One with a request in hand goes behind its answer, and half a request goes along")
        func busy() throws {
            let server = try Server(watch: "10m")
            let slow = try KeptConnection(try server.address())
            let half = try KeptConnection(try server.address())
            #expect(try half.get("/version").body == "v1\n")
            try slow.send("GET /slow?ms=60000 HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n")
            try half.send("GET /ver")
            try wait(for: "the request") { try server.status().generations.first?.scoreboard?.inFlight == 1 }
            let deploy = try server.begin("deploy", "v2")
            try Self.waitForWatch(of: server)
            try wait(for: "the idle one to go") { try Self.connections(of: 1, server) == 1 }
            try half.send("sion HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n")
            #expect(try half.answer().body == "v2\n")
            // Who waits for the old release stays there.
            #expect(try server.status().generations.first?.scoreboard?.inFlight == 1)
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            _ = try deploy.wait(upTo: .seconds(60))
            #expect(try half.get("/version").body == "v1\n")
            try server.finish(now: true)
        }

        @Test("A request that ends in the watch is the old release's last one on its connection")
        func behindItsAnswer() throws {
            let server = try Server(watch: "10m")
            let slow = try KeptConnection(try server.address())
            try slow.send("GET /slow?ms=3000 HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n")
            try wait(for: "the request") { try server.status().generations.first?.scoreboard?.inFlight == 1 }
            let deploy = try server.begin("deploy", "v2")
            try Self.waitForWatch(of: server)
            let answer = try slow.answer()
            #expect(answer.body == "waited 3000 ms\n" && !answer.closes, "\(answer.head)")
            try Self.waitUntilAll([slow], meet: "v2")
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            _ = try deploy.wait(upTo: .seconds(60))
            try server.finish(now: true)
        }

        @Test("A release that fails for them, and for nobody else, is taken back by what they met")
        func evidence() throws {
            let server = try Server { releases in
                try releases.directory.write("releases/bad/public/healthz", "ok\n")
                try Repository.copy(Repository.fixture("worker"), to: releases.directory.path("releases/bad/worker"))
                try releases.directory.write(
                    "releases/bad/release.json",
                    """
                    { web: { files: "public", forward: { "/version": "app" } }, health: { path: "/healthz" }, watch: "10m",
                      processes: { app: { command: ["worker", "--ready", "--status", "500 Internal Server Error"],
                                          socket: "listen" } } }
                    """)
            }
            let pids = try server.pids()
            let clients = try Self.clients(25, of: server)
            let deploy = try server.begin("deploy", "bad")
            var bad = 0
            try wait(for: "the way back", upTo: .seconds(60)) {
                for client in clients where !(try client.get("/version").body == "v1\n") { bad += 1 }
                return try deploy.status() != nil
            }
            #expect(try deploy.wait() == .exited(code: 1), "\(deploy.output)\(deploy.errors)")
            #expect(deploy.errors.contains("answers were 5xx"), "\(deploy.errors)")
            #expect(bad > 0)
            try Self.waitUntilAll(clients, meet: "v1")
            #expect(try server.pids() == pids)
            try server.waitUntilDrained()
            try server.finish(now: true)
        }

        @Test("In a canary its share of them goes, none goes to and fro, and all go where it ends")
        func canary() throws {
            let server = try Server(
                watch: "10m", manifest: "canary: [{ percent: 20, for: \"1s\" }, { percent: 50, for: \"10m\" }]")
            let clients = try Self.clients(200, of: server)
            let deploy = try server.begin("deploy", "v2")
            var meetNew = [Bool](repeating: false, count: clients.count)
            try wait(for: "half of them to go", upTo: .seconds(60)) {
                let now = try Self.meetNew(clients)
                #expect(!zip(meetNew, now).contains { $0 && !$1 }, "somebody went back")
                meetNew = now
                return try server.status().deployment?.canaryPercent == 50 && now.count(where: \.self) > 60
            }
            try Self.waitForCanary(50, on: server)
            let half = try Self.meetNew(clients)
            // Which worker accepted whom is chance, and each divides what it has.
            let moved = half.count(where: \.self)
            #expect((90...110).contains(moved), "\(moved) of 200")
            // Who comes now was drawn by the kernel, and stays where he is.
            let late = try (0..<40).map { _ in try KeptConnection(try server.address()) }
            let first = try Self.meetNew(late)
            for _ in 1...5 {
                #expect(try Self.meetNew(late) == first)
                #expect(try Self.meetNew(clients) == half)
            }
            #expect(try server.deployd("abort").status == .exited(code: 0))
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.output)")
            try Self.waitUntilAll(clients + late, meet: "v1")
            try server.waitUntilDrained()
            let again = try server.begin("deploy", "v2", "--canary=20")
            try Self.waitForCanary(20, on: server)
            try wait(for: "a fifth of them to go") {
                (40...56).contains(try Self.meetNew(clients + late).count(where: \.self))
            }
            #expect(try server.deployd("promote").status == .exited(code: 0))
            try Self.waitUntilAll(clients + late, meet: "v2")
            #expect(try server.status().deployment?.step == .watching)
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            _ = try again.wait(upTo: .seconds(60))
            try server.finish(now: true)
        }

        @Test("They go, stay and come back although the master is killed: in a canary, in the watch, on the way back")
        func killedMaster() throws {
            let server = try Server(watch: "10m")
            let clients = try Self.clients(100, of: server)
            var deploy = try server.begin("deploy", "v2", "--canary=30")
            try Self.waitForCanary(30, on: server)
            try wait(for: "their share to go") { (25...35).contains(try Self.meetNew(clients).count(where: \.self)) }
            let share = try Self.meetNew(clients)
            try server.killMaster()
            _ = try deploy.wait(upTo: .seconds(60))
            try server.startAgain()
            try Self.waitForCanary(30, on: server)
            #expect(try Self.meetNew(clients) == share)
            #expect(try server.deployd("promote").status == .exited(code: 0))
            try Self.waitUntilAll(clients, meet: "v2")
            try server.killMaster()
            try server.startAgain()
            try Self.waitForWatch(of: server)
            let meetNew = try Self.meetNew(clients)
            #expect(!meetNew.contains(false))
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            try Self.waitUntilAll(clients, meet: "v1")
            try server.waitUntilDrained()
            // The old generation's workers, told by three masters, are as they were.
            deploy = try server.begin("deploy", "v2")
            try Self.waitUntilAll(clients, meet: "v2")
            try server.killMaster(andKeeper: true)
            _ = try deploy.wait(upTo: .seconds(60))
            let stillMeetNew = try Self.meetNew(clients)
            #expect(!stillMeetNew.contains(false))
            try server.startAgain()
            try Self.waitForWatch(of: server)
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            try Self.waitUntilAll(clients, meet: "v1")
            try server.finish(now: true)
        }

        @Test("What a release that hangs has not taken comes back with the others")
        func hangs() throws {
            let server = try Server(watch: "10m")
            let clients = try Self.clients(60, of: server)
            let deploy = try server.begin("deploy", "v2", "--canary=10")
            try Self.waitForCanary(10, on: server)
            try wait(for: "their share to go") { try Self.meetNew(clients).contains(true) }
            let hanging = try server.pids(of: 2)
            let old = try Self.meetNew(clients)
            for pid in hanging { _ = try ProcessDescriptor(pid: pid).send(.stop) }
            #expect(try server.deployd("promote").status == .exited(code: 0))
            try wait(for: "the others to go") { try Self.connections(of: 1, server) == 0 }
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.output)")
            #expect(deploy.errors.contains("was rolled back"), "\(deploy.errors)")
            let others = zip(clients, old).filter { !$0.1 }.map(\.0)
            try Self.waitUntilAll(others, meet: "v1")
            for pid in hanging { _ = try ProcessDescriptor(pid: pid).send(.cont) }
            try Self.waitUntilAll(clients, meet: "v1")
            try server.finish(now: true)
        }

        @Test("A release that says it takes kept connections, and takes none, is taken back, and nobody is lost")
        func takesNone() throws {
            let server = try Server(watch: "10m") { releases in
                try releases.worker("deaf", "--ready", "--deaf", manifest: "watch: \"10m\"")
            }
            let clients = try Self.clients(20, of: server)
            let deploy = try server.deployd("deploy", "deaf")
            #expect(deploy.status == .exited(code: 1), "\(deploy.output)")
            #expect(deploy.errors.contains("none was taken for"), "\(deploy.errors)")
            try Self.waitUntilAll(clients, meet: "v1")
            try server.finish(now: true)
        }
    }
}
