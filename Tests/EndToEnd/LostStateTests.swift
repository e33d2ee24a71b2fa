import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// What a state file does not tell, the kernel does.
    @Suite("A state that is lost, or never heard of a worker")
    struct LostStateTests {
        /// A port that nobody has now.
        private func freePort() throws -> UInt16 {
            let socket = try Socket.stream(.v4)
            try socket.bind(.v4(.loopback, port: 0))
            return try #require(try socket.localAddress().port)
        }

        private func holders(of port: UInt16) -> Set<Int32> {
            Set(SocketHolders.find(ListenerRoll.inodes(onPortOf: .v4(.loopback, port: port))).keys)
        }

        private func notifySocket(of pid: Int32) throws -> String {
            let words = try Files.read("/proc/\(pid)/environ").split(separator: 0)
            let word = words.map { String(decoding: $0, as: UTF8.self) }.first { $0.hasPrefix("NOTIFY_SOCKET=") }
            return String(try #require(word).dropFirst("NOTIFY_SOCKET=".count))
        }

        private func fill(_ path: String) throws {
            let file = try Files.create(path)
            for count in [4096, 1] { while (try? file.writeAll([UInt8](repeating: 1, count: count))) != nil {} }
        }

        /// Puts a file system of a mebibyte in the place of the state directory while `body` runs.
        private func withFullState(
            _ listen: String, _ body: (Server, _ makeRoom: () throws -> Void) throws -> Void
        ) throws {
            let directory = try TemporaryDirectory()
            try Child.expect([
                try Program.path("mount"), "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", directory.path,
            ])
            defer { _ = try? Child.run([Program.path("umount"), "--lazy", directory.path]) }
            let server = try Server(listen: [listen], workers: 1, state: directory.path)
            let filler = directory.path("filler")
            try fill(filler)
            try body(server) { try Files.unlink(filler) }
        }

        @Test("On a full disk scale is refused, and nothing is begun")
        func scaleRefused() throws {
            guard ThisProcess.uid == 0 else { return skipped("scaleRefused", because: "a mount needs root") }
            try withFullState("127.0.0.1:0") { server, makeRoom in
                let pids = try server.pids()
                // There may be room for a line behind the end of the state file, in its last block: that is not enough.
                for number in ["2", "1"] {
                    let refused = try server.deployd("scale", number)
                    #expect(refused.status == .exited(code: 1))
                    for words in ["the state cannot be written", "No space left on device", "make room"] {
                        #expect(refused.errors.contains(words), "\(refused.errors)")
                    }
                }
                #expect(try server.pids() == pids)
                let check = try server.deployd("check")
                #expect(check.status == .exited(code: 1))
                #expect(check.errors.contains("the state cannot be written"), "\(check.output)\(check.errors)")
                try makeRoom()
                try wait(for: "the state to be written") { try server.deployd("check").status == .exited(code: 0) }
                let done = try server.deployd("scale", "2")
                #expect(done.status == .exited(code: 0), "\(done.errors)")
                #expect(try server.pids().count == 2)
                try server.finish()
            }
        }

        @Test("A worker that was started on a full disk is found by the master after a kill, and by a stop without one")
        func unknownWorker() throws {
            guard ThisProcess.uid == 0 else { return skipped("unknownWorker", because: "a mount needs root") }
            for startsAgain in [true, false] {
                let port = try freePort()
                try withFullState("127.0.0.1:\(port)") { server, makeRoom in
                    let before = try #require(try server.pids().first)
                    _ = try ProcessDescriptor(pid: before).send(.kill)
                    let stray = try wait(for: "its successor") { try server.pids().first { $0 != before } }
                    try server.killMaster()
                    let status = try server.deployd("status")
                    #expect(status.errors.contains("a worker of v1 (pid \(stray))"), "\(status.errors)")
                    if startsAgain {
                        try server.startAgain()
                        try wait(for: "the end of the worker that no state knew") { !holders(of: port).contains(stray) }
                        #expect(
                            server.master.errors.contains("(pid \(stray)) accepts, but is not in the state")
                        )
                        #expect(try server.get("/version") == "v1\n")
                        try makeRoom()
                        try server.finish()
                    } else {
                        try makeRoom()
                        let stop = try server.deployd("stop")
                        #expect(stop.status == .exited(code: 0), "\(stop.output)\(stop.errors)")
                        try server.finishGone(isMasterKilled: true)
                    }
                    #expect(holders(of: port) == [])
                }
            }
        }

        @Test(
            "A truncated state: start and status name who serves, stop ends it, and a start serves",
            arguments: [false, true])
        func truncated(andKeeper: Bool) throws {
            let port = try freePort()
            let server = try Server(listen: ["127.0.0.1:\(port)"], workers: 1)
            let pid = try #require(try server.pids().first)
            try server.killMaster(andKeeper: andKeeper)
            let file = "\(server.state)/state.json"
            try Files.replace(file, with: Array(try Files.read(file).prefix(100)))
            let status = try server.deployd("status")
            #expect(status.errors.contains("a worker (pid \(pid))"), "\(status.errors)")
            let stopping = "`deployd stop --config \(server.directory.path("deployd.json"))` ends"
            #expect(status.errors.contains("\(stopping) it"), "\(status.errors)")
            let start = try server.deployd("start")
            #expect(start.status == .exited(code: 78))
            let words = "its workers serve on (pid \(pid) (site-v1)): \(stopping)"
            #expect(start.errors.contains(words), "\(start.errors)")
            #expect(try server.get("/version", from: "127.0.0.1:\(port)") == "v1\n")
            let stop = try server.deployd("stop")
            #expect(stop.status == .exited(code: 0), "\(stop.errors)")
            #expect(holders(of: port) == [])
            try server.startAgain()
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test(
            "A state that is gone, empty or no state: check and status say what start does, which changes nothing",
            arguments: [nil, "", "nonsense\n"])
        func gone(content: String?) throws {
            let port = try freePort()
            let server = try Server(listen: ["127.0.0.1:\(port)"], workers: 1)
            let pid = try #require(try server.pids().first)
            let keeper = try #require(try server.keeper())
            try server.killMaster()
            let file = "\(server.state)/state.json"
            let good = try Files.read(file)
            if let content { try Files.replace(file, with: Array(content.utf8)) } else { try Files.unlink(file) }
            for (verb, code) in [("check", 1), ("start", 78), ("status", 69), ("start", 78)] {
                let refused = try server.deployd(verb)
                #expect(refused.status == .exited(code: code), "\(verb): \(refused.output)\(refused.errors)")
                #expect(refused.errors.contains("(pid \(pid)"), "\(verb): \(refused.errors)")
                #expect(refused.errors.contains("from a backup"), "\(verb): \(refused.errors)")
                #expect(refused.errors.contains("`deployd stop --config "), "\(verb): \(refused.errors)")
                for words in ["all is well", "a new one is begun", "DecodingError"] {
                    #expect(!(refused.output + refused.errors).contains(words), "\(verb): \(refused.errors)")
                }
            }
            #expect(try server.keeper() == keeper)
            #expect(try server.get("/version", from: "127.0.0.1:\(port)") == "v1\n")
            try Files.replace(file, with: good)
            try server.startAgain()
            #expect(try server.pids() == [pid])
            try server.finish()
        }

        @Test("A worker that has written over its environment is known by its socket, which the keeper has too")
        func unmarked() throws {
            let port = try freePort()
            let python = try Program.path("python3")
            let server = try Server(
                listen: ["127.0.0.1:\(port)"], workers: 1, settings: "release: \"releases/bare\"",
                releases: { releases in
                    try releases.directory.write("releases/bare/server.py", Self.bareServer)
                    let command = "[\"sh\", \"-c\", \"exec env -i \(python) server.py\"]"
                    try releases.directory.write(
                        "releases/bare/release.json", "{ command: \(command), health: { path: \"/\" } }\n")
                })
            let pids = try server.pids()
            // One that a state knows is none of them.
            try server.killMaster()
            try server.startAgain()
            #expect(try server.pids() == pids)
            let pid = try #require(pids.first)
            try server.killMaster()
            let file = "\(server.state)/state.json"
            try Files.replace(file, with: Array(try Files.read(file).prefix(100)))
            #expect(try server.deployd("status").errors.contains("a worker (pid \(pid))"))
            #expect(try server.deployd("start").errors.contains("its workers serve on (pid \(pid) (python3"))
            let stop = try server.deployd("stop")
            #expect(stop.status == .exited(code: 0), "\(stop.errors)")
            #expect(holders(of: port) == [])
            try server.finishGone(isMasterKilled: true)
        }

        /// Accepts on the descriptor that it inherited, and answers everything.
        private static let bareServer = """
            import socket
            listener = socket.socket(fileno=3)
            listener.setblocking(True)
            while True:
                client, _ = listener.accept()
                client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nok\\n")
                client.close()
            """

        private func isGone(_ pid: Int32) -> Bool { ProcessStatus(of: pid).map(\.isZombie) ?? true }

        @Test(
            "A keeper that nobody can ask any more is ended by a start, which serves, and by a stop",
            arguments: [true, false], [true, false])
        func orphan(startsAgain: Bool, workersLive: Bool) throws {
            let port = try freePort()
            let server = try Server(listen: ["127.0.0.1:\(port)"], workers: 1)
            let pids = try server.pids()
            let keeper = try #require(try server.keeper())
            try server.killMaster()
            if !workersLive {
                for pid in pids {
                    _ = try ProcessDescriptor(pid: pid).send(.kill)
                    try wait(for: "the worker's end") { isGone(pid) }
                }
            }
            // A backup is put back: no socket in it is listened at.
            let old = server.directory.path("old")
            try Files.rename(server.state, to: old)
            try Child.expect([try Program.path("cp"), "-a", old, server.state])
            let status = try server.deployd("status")
            #expect(status.errors.contains("the keeper of its sockets"), "\(status.errors)")
            if startsAgain {
                try server.startAgain()
                #expect(isGone(keeper))
                if workersLive { #expect(try server.pids() == pids) }
                for _ in 0..<20 { #expect(try server.get("/version", from: "127.0.0.1:\(port)") == "v1\n") }
                try server.finish()
            } else {
                let stop = try server.deployd("stop")
                #expect(stop.status == .exited(code: 0), "\(stop.errors)")
                #expect(stop.output.contains("stopped"), "\(stop.output)")
                try server.finishGone(isMasterKilled: true)
            }
            #expect(isGone(keeper))
            #expect(holders(of: port) == [])
        }

        @Test(
            "What calls itself a keeper of the same path is ended by a stop, but not in a container",
            arguments: [true, false])
        func keeperElsewhere(inContainer: Bool) throws {
            if inContainer, ThisProcess.uid != 0 { return skipped("keeperElsewhere", because: "a mount needs root") }
            let server = try Server()
            try server.directory.write("__keep", "import time\nprint(\"keeps\", flush=True)\ntime.sleep(600)\n")
            let mount = inContainer ? "mount -t tmpfs none \"$1\" && " : ""
            let script = "\(mount)cd \"$2\" && exec \"$3\" __keep 3 \"$1/keeper.sock\""
            let container = inContainer ? [try Program.path("unshare"), "--mount"] : []
            let command = [
                try Program.path("sh"), "-c", script, "sh", server.state, server.directory.path,
                try Program.path("python3"),
            ]
            let other = try Child(container + command)
            try other.wait(forOutput: "keeps\n")
            try server.finish()
            if inContainer {
                #expect(try other.status() == nil)
                try other.send(.kill)
                _ = try other.wait()
            } else {
                #expect(try other.wait() == .signalled(.term, dumpedCore: false))
            }
        }

        @Test("A program that waited for the address has it behind the stop, which is done all the same")
        func successor() throws {
            let port = try freePort()
            let server = try Server(listen: ["127.0.0.1:\(port)"], workers: 1)
            let script = """
                import socket, time
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                print("waits", flush=True)
                while s:
                    try:
                        s.bind(("127.0.0.1", \(port)))
                        break
                    except OSError:
                        time.sleep(0.0005)
                s.listen()
                time.sleep(600)
                """
            let successor = try Child([try Program.path("python3"), "-c", script])
            try wait(for: "the other program") { successor.output.contains("waits") }
            let stop = try server.deployd("stop")
            #expect(stop.status == .exited(code: 0), "\(stop.errors)")
            #expect(stop.output.contains("stopped"), "\(stop.output)")
            try wait(for: "the other program to have the address") { holders(of: port) == [successor.pid] }
            #expect(try successor.status() == nil)
            try successor.send(.kill)
            _ = try successor.wait()
            try server.finishGone()
        }

        @Test(
            "Whoever else has the address is named by stop, status and start, and is left alone; a container's program too",
            arguments: [false, true])
        func stranger(inContainer: Bool) throws {
            if inContainer, ThisProcess.uid != 0 { return skipped("stranger", because: "a mount needs root") }
            let port = try freePort()
            let server = try Server(listen: ["127.0.0.1:\(port)"], workers: 1)
            let script = """
                import socket, time
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                s.bind(("127.0.0.1", \(port)))
                s.listen()
                time.sleep(600)
                """
            let mounts = "mount -t tmpfs none \"$1\" && export \"$2\" && shift 2 && exec \"$@\""
            let container =
                inContainer
                ? [
                    try Program.path("unshare"), "--mount", "sh", "-c", mounts, "sh", server.state,
                    "NOTIFY_SOCKET=\(try notifySocket(of: try #require(try server.pids().first)))",
                ] : []
            let stranger = try Child(container + [try Program.path("python3"), "-c", script])
            try wait(for: "the stranger") { holders(of: port).contains(stranger.pid) }
            // One that a deployd has started is a live site's, and so no pid to kill.
            let name = inContainer ? "another deployd (sockets in \(server.state))" : "pid \(stranger.pid) (python3"
            let stop = try server.deployd("stop")
            #expect(stop.status == .exited(code: 1) && !stop.output.contains("stopped"), "\(stop.output)")
            #expect(stop.errors.contains(name), "\(stop.errors)")
            #expect(stop.errors.contains("`kill \(stranger.pid)`") == !inContainer, "\(stop.errors)")
            #expect(try server.deployd("status").errors.contains(name))
            let start = try server.deployd("start")
            #expect(start.status == .exited(code: 78) && start.errors.contains(name), "\(start.errors)")
            #expect(try stranger.status() == nil)
            try stranger.send(.kill)
            _ = try stranger.wait()
            try server.startAgain()
            try server.finish()
        }
    }
}
