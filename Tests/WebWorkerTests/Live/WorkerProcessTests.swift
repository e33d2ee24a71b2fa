import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// The built site as the master starts it: lane, notify socket, control socket and scoreboard inherited.
@Suite struct WorkerProcessTests {
    private final class Started {
        let child: Child
        let address: SocketAddress
        let directory: TemporaryDirectory
        let notify: Socket
        let control: Socket
        let scoreboard: SharedMapping

        init() throws {
            directory = try TemporaryDirectory()
            let lane = try Socket.stream(.v4)
            try lane.set(.reusePort, to: true)
            try lane.bind(.v4(.loopback, port: 0))
            try lane.listen(backlog: 64)
            address = try lane.localAddress()
            notify = try Socket.datagram(.unix)
            try notify.bind(.unix(path: directory.path("notify")))
            let inherited = try Socket.datagram(.unix)
            try inherited.bind(.unix(path: directory.path("control")))
            control = try Socket.datagram(.unix)
            let board = try Files.create(directory.path("board"))
            try board.truncate(to: Scoreboard.byteCount)
            scoreboard = try SharedMapping(board, byteCount: Scoreboard.byteCount, writable: false)
            try Files.makeDirectory(directory.path("release/public"))
            try directory.write("release/public/index.html", "<p>front")
            // The shell knows the pid that LISTEN_PID must name, and becomes the site under the same one.
            child = try Child(
                [try Program.path("sh"), "-c", "LISTEN_PID=$$ exec \"$0\"", try Products.path("site-v1")],
                environment: [
                    "LISTEN_FDS=1", "NOTIFY_SOCKET=\(directory.path("notify"))", "DEPLOYD_CONTROL=4",
                    "DEPLOYD_SCOREBOARD=5", "DEPLOYD_RELEASE=\(directory.path("release"))",
                ],
                descriptors: [(lane.number, 3), (inherited.number, 4), (board.number, 5)])
        }

        func notification() throws -> Notification {
            guard try Poll.readable(notify.number, timeout: .seconds(60)), let message = try notify.receiveMessage()
            else { throw TestClient.Failure(text: "no notification: \(child.errors)") }
            return Notification(parsing: message.bytes)
        }

        func drain() throws {
            _ = try control.sendMessage(
                ControlMessage.drain(requests: .seconds(30), upgrades: .seconds(30)).bytes,
                to: .unix(path: directory.path("control")))
        }

        func count(_ counter: Scoreboard.Counter) -> Int { ScoreboardSnapshot(scoreboard)?[counter] ?? 0 }

        var latency: LatencyHistogram { ScoreboardSnapshot(scoreboard)?.latency ?? LatencyHistogram() }
    }

    @Test func itSaysReadyServesCountsAndDrains() throws {
        let worker = try Started()
        let ready = try worker.notification()
        #expect(ready.isReady && ready.level == 2)
        let client = try TestClient(worker.address)
        try client.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "v1\n")
        #expect(try client.answer().status == 404)
        try wait(for: "the counters") { worker.count(.idle) == 1 }
        #expect(worker.count(.accepted) == 1 && worker.count(.connections) == 1 && worker.count(.requests) == 2)
        #expect(worker.count(.success) == 1 && worker.count(.clientError) == 1 && worker.count(.inFlight) == 0)

        try client.send("GET /slow?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "the request in flight") { worker.count(.inFlight) == 1 }
        try worker.drain()
        #expect(try worker.notification().isStopping)
        #expect(worker.count(.draining) == 1)
        let last = try client.answer()
        #expect(last.body == "waited 300 ms\n")
        try wait(for: "the answers' times") { worker.latency.total == 3 }
        #expect(try #require(worker.latency.percentile(100)) >= .milliseconds(300))
        #expect(last.has("Connection: close"))
        #expect(try client.rest() == "")
        client.close()
        #expect(try worker.child.wait() == .exited(code: 0))
        #expect(worker.count(.connections) == 0 && worker.count(.idle) == 0)
    }

    @Test func termDrainsAndASecondTermEndsAtOnce() throws {
        let worker = try Started()
        #expect(try worker.notification().isReady)
        let client = try TestClient(worker.address)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "<p>front")
        try worker.child.send(.term)
        #expect(try worker.notification().isStopping)
        #expect(try client.isQuiet())
        #expect(try worker.child.status() == nil)
        try worker.child.send(.term)
        #expect(try worker.child.wait() == .exited(code: 0))
    }

    /// A worker that was started by hand, on a port that was free.
    private func startByHand(_ directory: TemporaryDirectory, limit: String = "") throws -> (Child, SocketAddress) {
        let holder = try Socket.stream(.v4)
        try holder.set(.reuseAddress, to: true)
        try holder.bind(.v4(.loopback, port: 0))
        let address = try holder.localAddress()
        try directory.write("public/index.html", "<p>front")
        try directory.write("public/other.html", "<p>other")
        let program = try Products.path("site-v1")
        // The port is taken over: the holder goes when the worker is about to listen.
        _ = consume holder
        let child = try Child(
            ["sh", "-c", "\(limit) exec \"$0\" --listen \(address)", program],
            environment: ["DEPLOYD_RELEASE=\(directory.path)", "PATH=/usr/bin:/bin"])
        try wait(for: "the worker") { child.errors.contains("listens on") }
        return (child, address)
    }

    @Test func aWorkerStartedByHandClosesItsPortWhenItDrains() throws {
        let directory = try TemporaryDirectory()
        let (child, address) = try startByHand(directory)
        let client = try TestClient(address)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "<p>front")
        try child.send(.term)
        try wait(for: "the port to be closed") {
            let socket = try Socket.stream(.v4)
            guard let result = try? socket.connect(address) else { return true }
            return try result == .inProgress && Poll.writable(socket.number, timeout: .seconds(60))
                && socket.takeError() == .connectionRefused
        }
        #expect(try child.status() == nil)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().has("Connection: close"))
        client.close()
        #expect(try child.wait() == .exited(code: 0))
    }

    @Test func withoutDescriptorsFilesAreUnavailableAndNotMissing() throws {
        let directory = try TemporaryDirectory()
        let (child, address) = try startByHand(directory, limit: "ulimit -n 64;")
        let client = try TestClient(address)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "<p>front")
        var others = try (0..<100).map { _ in try TestClient(address) }
        try wait(for: "the last descriptor") { child.errors.contains("cannot accept") }
        try client.send("GET /other.html HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().status == 503)
        #expect(child.errors.contains("files cannot be opened now"))
        others.removeAll()
        try wait(for: "the file") {
            try client.send("GET /other.html HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.answer().body == "<p>other"
        }
    }

    @Test func anAddressThatIsTakenIsSaidInOneLine() throws {
        let holder = try Socket.stream(.v4)
        try holder.bind(.v4(.loopback, port: 0))
        try holder.listen(backlog: 1)
        let directory = try TemporaryDirectory()
        try directory.write("public/index.html", "")
        let ended = try Child.run(
            [try Products.path("site-v1"), "--listen", "\(try holder.localAddress())"],
            environment: ["DEPLOYD_RELEASE=\(directory.path)"])
        #expect(ended.status == .exited(code: 1))
        let address = try holder.localAddress()
        #expect(ended.errors == "WebWorker: cannot serve: bind \(address): Address already in use\n")
    }
}
