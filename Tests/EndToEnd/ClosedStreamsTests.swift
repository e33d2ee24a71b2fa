import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Programs of ours whose standard descriptors are closed")
    struct ClosedStreamsTests {
        private let closed = ["sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]

        /// Requires that nothing of the program's own gets what it prints.
        private func expectNothingPrinted(by process: Child) throws {
            try wait(for: "empty descriptors of process \(process.pid)") {
                if let ended = try process.status() {
                    throw StartFailed(description: "process \(process.pid) \(ended) before it was seen")
                }
                return (0...2).allSatisfy { number in
                    (try? Files.readLink("/proc/\(process.pid)/fd/\(number)")) == "/dev/null"
                }
            }
        }

        @Test("A site that was started by hand serves, and the load client asks it")
        func siteAndClient() throws {
            let directory = try TemporaryDirectory()
            try directory.write("public/index.html", "<p>front")
            let address = try freeAddress()
            let site = try Child(
                closed + [Products.path("site-v1"), "--listen", address],
                environment: ["DEPLOYD_RELEASE=\(directory.path)", "PATH=/usr/bin:/bin"])
            let curl = [try Program.path("curl"), "--silent", "--fail", "http://\(address)/version"]
            try wait(for: "the site") {
                if let ended = try site.status() { throw StartFailed(description: "the site \(ended)") }
                return try Child.run(curl).output == "v1\n"
            }
            try expectNothingPrinted(by: site)
            let words = ["--requests", "100", "--rate", "20", "--expect-body-any", "v1\\n"]
            let load = try Child(closed + [Products.path("strict-load"), address] + words)
            try expectNothingPrinted(by: load)
            #expect(try load.wait() == .exited(code: 0), "every answer was right")
            try site.send(.term)
            #expect(try site.wait() == .exited(code: 0))
        }

        private func freeAddress() throws -> String {
            let holder = try Socket.stream(.v4)
            try holder.bind(.v4(.loopback, port: 0))
            return "\(try holder.localAddress())"
        }

        @Test("A master serves, deploys and stops")
        func master() throws {
            let server = try Server()
            try server.finish()
            try server.startAgain(behind: closed)
            try expectNothingPrinted(by: server.master)
            try server.deploy("v2")
            #expect(try server.get("/version") == "v2\n")
            try server.finish()
        }
    }
}
