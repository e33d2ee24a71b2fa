import Handoff
import Linux
import Testing

/// docs/reference/worker-contract.md is what others implement the contract from, so it says what the code does.
@Suite("The page of the worker contract")
struct ContractPageTests {
    private static func page() throws -> String {
        let root = (0..<3).reduce(#filePath) { path, _ in Files.directory(of: path) }
        return String(decoding: try Files.read("\(root)/docs/reference/worker-contract.md"), as: UTF8.self)
    }

    @Test("It has every counter with its number")
    func counters() throws {
        let page = try Self.page()
        for counter in Scoreboard.Counter.allCases {
            #expect(page.contains("\n| \(counter.rawValue) | \(counter) | "), "\(counter)")
        }
        #expect(page.contains("\n| 0 | magic | `0x\(String(Scoreboard.magic, radix: 16))` |"))
        let last = Scoreboard.latencyStart + Scoreboard.latencyBuckets - 1
        #expect(page.contains("\n| \(Scoreboard.latencyStart) to \(last) | latency | "))
        let start = Scoreboard.sitesStart
        #expect(page.contains("\n| \(start) + 2n, \(start + 1) + 2n | sites | "))
        #expect(page.contains("all from \(Scoreboard.sites - 1) on share the last place"))
        #expect((start + 2 * Scoreboard.sites) * 8 <= Scoreboard.byteCount)
        #expect(page.contains("a file of \(Scoreboard.byteCount) bytes"))
    }

    @Test("It has every variable")
    func variables() throws {
        let page = try Self.page()
        for name in [
            WorkerEnvironment.listenCount, WorkerEnvironment.listenProcess, WorkerEnvironment.listenNames,
            WorkerEnvironment.notifySocket, WorkerEnvironment.control, WorkerEnvironment.scoreboard,
            WorkerEnvironment.handover, WorkerEnvironment.tls, WorkerEnvironment.tlsListeners,
            WorkerEnvironment.challenges, WorkerEnvironment.release, WorkerEnvironment.generation,
            WorkerEnvironment.worker, WorkerEnvironment.process, WorkerEnvironment.socket, WorkerEnvironment.port,
            WorkerEnvironment.socket(of: "app"),
        ] {
            #expect(page.contains("\n| `\(name)` | "), "\(name)")
        }
    }

    @Test("Its messages are the messages")
    func messages() throws {
        let page = try Self.page()
        let drain = ControlMessage.drain(requests: .seconds(30), upgrades: .seconds(300))
        #expect(page.contains("```\n" + String(decoding: drain.bytes, as: UTF8.self) + "```"))
        var said = Notification()
        said.isReady = true
        said.isStopping = true
        said.isAlive = true
        said.level = 2
        said.handoverVersion = 2
        said.terminatesTLS = true
        said.sparesConnections = true
        for line in String(decoding: said.bytes, as: UTF8.self).split(separator: "\n") {
            #expect(page.contains("\n| `\(line)` | "), "\(line)")
        }
    }
}
