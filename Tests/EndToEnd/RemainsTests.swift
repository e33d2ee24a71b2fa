import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// Children that a worker leaves alive when it ends, as a killed php-fpm does with its pool.
    @Suite("What workers leave behind")
    struct RemainsTests {
        /// A server with a release whose worker has two children, of which one ignores SIGTERM; each says its pid.
        private static func server() throws -> Server {
            try Server(workers: 1, settings: "policies: { killGrace: \"50ms\" }") { releases in
                try releases.worker("leaver", "--ready", "--body", "leaver\\n")
                try releases.directory.write(
                    "releases/leaver/leave",
                    """
                    sleep 10000 & echo $! >>children
                    (trap '' TERM; exec sleep 10000) & echo $! >>children
                    exec ./worker --ready --body 'leaver\\n'

                    """)
                try releases.directory.write(
                    "releases/leaver/release.json",
                    "{ command: [\"sh\", \"leave\"], watch: \"50ms\", drain: { requests: \"200ms\" } }\n")
            }
        }

        /// The children that were ever started.
        private static func children(_ server: Server) throws -> [Int32] {
            String(decoding: try Files.read(server.directory.path("releases/leaver/children")), as: UTF8.self)
                .split(separator: "\n").compactMap { Int32($0) }
        }

        private static func waitUntilGone(_ children: some Sequence<Int32>) throws {
            for child in children {
                try wait(for: "process \(child) to end", upTo: .seconds(60)) {
                    [nil, "Z"].contains(ObservedProcess(pid: child).state)
                }
            }
        }

        @Test("is told to drain, and killed when it does not: after a crash, and after a deploy")
        func drained() throws {
            let server = try Self.server()
            try server.deploy("leaver")
            let before = try Self.children(server)
            #expect(before.count == 2)
            let worker = try #require(try server.pids().first)
            _ = try ProcessDescriptor(pid: worker).send(.kill)
            try wait(for: "another worker", upTo: .seconds(60)) { try Self.children(server).count == 4 }
            try Self.waitUntilGone(before)
            let after = try Self.children(server).dropFirst(2)
            #expect(after.allSatisfy { ObservedProcess(pid: $0).state == "S" }, "they are another worker's")
            try server.deploy("v2")
            try Self.waitUntilGone(after)
            try server.finish()
            let journal = server.master.errors
            #expect(
                journal.contains("worker 1 (pid \(worker)) has ended and left 2 processes behind: SIGTERM"),
                "\(journal)")
            #expect(
                journal.contains("worker 1 (pid \(worker)) has ended and left a process behind: SIGKILL"), "\(journal)")
        }

        @Test("is ended by the next master when nobody was there to see it")
        func unseen() throws {
            let server = try Self.server()
            try server.deploy("leaver")
            let before = try Self.children(server)
            let worker = try #require(try server.pids().first)
            try server.killMaster()
            _ = try ProcessDescriptor(pid: worker).send(.kill)
            try wait(for: "the worker to end") { [nil, "Z"].contains(ObservedProcess(pid: worker).state) }
            #expect(before.allSatisfy { ObservedProcess(pid: $0).state == "S" })
            try server.startAgain()
            try Self.waitUntilGone(before)
            try server.finish()
        }

        @Test("does not outlive the master")
        func stopped() throws {
            let server = try Self.server()
            try server.deploy("leaver")
            let children = try Self.children(server)
            try server.finish(now: true)
            try Self.waitUntilGone(children)
        }
    }
}
