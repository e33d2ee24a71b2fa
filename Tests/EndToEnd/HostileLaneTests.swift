import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// What workers do to their sockets, and what others do to the names of these.
    @Suite("Lanes in bad hands")
    struct HostileLaneTests {
        /// A worker in Python that answers "g" and its generation, and runs `mischief` at the beginning, with `ls` as its
        /// lane.
        private func release(_ name: String, _ mischief: String, in server: Server, user: String = "") throws {
            try server.directory.write(
                "releases/\(name)/worker.py",
                """
                import ctypes, os, select, signal, socket, struct, sys, threading, time
                ls = socket.socket(fileno=3)
                body = b"v2\\n"
                def answer(ls, body):
                    while True:
                        select.select([ls], [], [], 1)
                        try: c, _ = ls.accept()
                        except OSError: time.sleep(0.001); continue
                        c.setblocking(True)
                        try: c.recv(65536); c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n%s" % (len(body), body))
                        except OSError: pass
                        c.close()
                \(mischief)
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
                answer(ls, body)

                """)
            let python = try Program.path("python3")
            try server.directory.write(
                "releases/\(name)/release.json",
                "{ command: [\"\(python)\", \"worker.py\"], watch: \"50ms\", readyTimeout: \"20s\"\(user) }\n")
        }

        @Test(
            "A worker whose generation has gone shuts its lane down late: users stay where they are, and none is relayed"
        )
        func lateShutdown() throws {
            let server = try Server()
            let mischief = """
                def late(*_):
                    for _ in range(20):
                        try: ls.shutdown(2); ls.listen(100)
                        except OSError: pass
                        time.sleep(0.01)
                    os._exit(0)
                signal.signal(signal.SIGTERM, late)
                """
            try release("late", mischief, in: server)
            try server.deploy("late")
            let load = try Load(.close, at: try server.address(), connections: 8)
            for release in ["v2", "v1"] { try server.deploy(release) }
            try server.waitUntilDrained()
            try load.end().expectPerfect("a late shutdown")
            #expect((try server.status().listeners.first?.stragglers ?? 0) < 8)
            try server.finish()
            #expect(server.master.errors.occurrences(of: "shut its lane down") <= 1)
        }

        @Test("Fifty workers that were taken over harm no other generation, no file and not the master")
        func seeds() throws {
            guard ThisProcess.uid == 0 else { return skipped("hostile.sh", because: "another user needs root") }
            try Benchmark.expect("hostile.sh", "50", "0")
        }

        /// Takes steering away again and again, and what bypasses it, and says how it went; answers nobody meanwhile.
        private static let detaching = """
            one, none = struct.pack("i", 1), struct.pack("i", 0)
            for _ in range(50):
                for option, value in (68, one), (25, b"lo"), (62, one), (15, none):
                    if option != 68 and not os.environ.get("DEVICES"): continue
                    try: ls.setsockopt(socket.SOL_SOCKET, option, value); print("taken away", flush=True)
                    except OSError as error: print("refused:", option, error.strerror, flush=True)
                time.sleep(0.02)
            """

        @Test("Who strays while a worker has taken steering away is passed on, also from its own lane")
        func detached() throws {
            let server = try Server()
            try release("detaching", Self.detaching, in: server)
            let load = try Load(.close, at: try server.address(), connections: 8)
            try server.deploy("detaching")
            try load.end().expectPerfect("steering that a worker takes away")
            #expect(try server.log(2).contains("taken away"))
            #expect((try server.status().listeners.first?.stragglers ?? 0) > 0)
            try server.finish()
        }

        @Test("The kernel refuses a worker of another user who wants to take steering away")
        func refused() throws {
            guard ThisProcess.uid == 0 else { return skipped("another user", because: "another user needs root") }
            let server = try Server()
            try release(
                "detaching", Self.detaching, in: server,
                user: ", user: \"www-data\", environment: { DEVICES: \"1\" }")
            let load = try Load(.close, at: try server.address(), connections: 8)
            try server.deploy("detaching")
            try load.end().expectPerfect("steering that nobody can take away")
            let log = try server.log(2)
            for option in [68, 25, 62, 15] { #expect(log.contains("refused: \(option) Operation not permitted")) }
            #expect(!log.contains("taken away"))
            #expect((try server.status().listeners.first?.stragglers ?? 0) < 8)
            try server.finish()
        }

        @Test("A master that stops has what came in served: nothing is reset", arguments: [false, true])
        func stop(afterDeploy: Bool) throws {
            let server = try Server()
            let load = try Load(.close, at: try server.address(), connections: 16)
            if afterDeploy { try server.deploy("v2") }
            try server.finish()
            let report = try load.end()
            #expect(report.answered > 0)
            // Who tries later is refused: there is nobody any more.
            #expect(report.failures.filter { $0.value > 0 }.keys.sorted() == ["refused"])
        }

        private func ask(_ server: Server) throws {
            try Load(.close, at: try server.address(), connections: 2, extra: ["--requests", "8"]).finished()
                .expectPerfect("the path")
        }

        @Test("The path of a unix socket that somebody removes comes back, and status says what cannot be mended")
        func removedPath() throws {
            let server = try Server(listen: ["unix:web.sock"])
            let path = server.directory.path("web.sock")
            try Files.unlink(path)
            try wait(for: "the path to be there again") { Files.kind(path) == .socket }
            try ask(server)
            for name in try Files.list(server.directory.path) where name.hasPrefix("web.sock") {
                try Files.unlink(server.directory.path(name))
            }
            #expect(try server.status().problems.contains { $0.what.contains("was removed by somebody") })
            try server.deploy("v2")
            #expect(try server.status().problems == [])
            try ask(server)
            try server.finish()
        }

        @Test("Something else in the place of a unix socket's path is told to who deploys, and fails no deploy")
        func replacedPath() throws {
            let server = try Server(listen: ["127.0.0.1:0", "unix:web.sock"])
            try server.directory.write("mine", "mine\n")
            try Files.rename(server.directory.path("mine"), to: server.directory.path("web.sock"))
            let deploy = try server.deployd("deploy", "v2")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            let said = deploy.output + deploy.errors
            #expect(said.contains("web.sock is not deployd's socket any more"), "\(said)")
            try server.finish()
        }

        @Test("A state directory that others may write to is a problem while the master runs, too")
        func openState() throws {
            let server = try Server()
            try Child.expect([try Program.path("chmod"), "777", server.state])
            let problem = try #require(try server.status().problems.first)
            #expect(problem.what.contains("a state directory that others may write to (mode 777)"), "\(problem)")
            #expect(problem.advice.contains("chmod go-w \(server.state)"), "\(problem)")
            try Child.expect([try Program.path("chmod"), "go-w", server.state])
            #expect(try server.status().problems == [])
            try server.finish()
        }

        @Test("Workers have the limit of open files that the master was started with, which has more for itself")
        func openFiles() throws {
            let server = try Server()
            let limits = try ResourceLimit.files.current()
            let status = try server.status()
            for (pid, expected) in [(Int32(status.master.pid), limits.hard)]
                + (try server.pids()).map({ ($0, limits.soft) })
            {
                let text = String(decoding: try Files.read("/proc/\(pid)/limits"), as: UTF8.self)
                let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Max open files") })
                #expect(line.split(separator: " ")[3] == "\(expected)", "\(pid)")
            }
            try server.finish()
        }
    }
}
