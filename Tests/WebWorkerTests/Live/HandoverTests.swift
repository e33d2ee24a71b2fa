import Dispatch
import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Idle connections go from a draining worker to the next one, and their clients notice nothing.
@Suite(.serialized) struct HandoverTests {
    private static let request = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n"
    private let port: HandoverSocket
    private let old: TestWorker

    init() throws {
        // Where a user has 1,024, other suites beside this one have theirs open too.
        try? ResourceLimit.files.raise()
        port = try HandoverSocket()
        old = try TestWorker(Self.application("old"))
    }

    /// An application that says who it is.
    private static func application(_ name: String) -> Application {
        var app = testApplication()
        app.get("/who", always: Response(text: name))
        return app
    }

    private func newWorker() throws -> TestWorker { try TestWorker(Self.application("new"), port: port) }

    /// A client that has had an answer of the old worker.
    private func client() throws -> TestClient {
        let client = try TestClient(old.address)
        try client.send(Self.request)
        let answer = try client.answer()
        #expect(answer.body == "old" && !answer.has("Connection: close"))
        return client
    }

    private func expectNew(_ client: TestClient, _ location: SourceLocation = #_sourceLocation) throws {
        let answer = try client.answer()
        #expect(answer.body == "new" && !answer.has("Connection: close"), sourceLocation: location)
    }

    @Test func anIdleConnectionIsAnsweredByTheNextWorker() throws {
        let new = try newWorker()
        let client = try client()
        try old.drain(requests: .seconds(60), to: port)
        #expect(old.waitForEnd() == .drained)
        #expect(try client.isQuiet())
        for _ in 0..<3 {
            try client.send(Self.request)
            try expectNew(client)
        }
        #expect(new.isRunning)
    }

    @Test func halfARequestGoesAlong() throws {
        let new = try newWorker()
        let client = try client()
        for half in ["GET /wh", "o HTTP/1.1\r\nHo"] {
            try client.send(half)
            // An answer to another client shows that these bytes were read.
            _ = try self.client()
        }
        try old.drain(requests: .seconds(60), to: port)
        #expect(old.waitForEnd() == .drained)
        try client.send("st: a\r\n\r\n")
        try expectNew(client)
        #expect(new.isRunning)
    }

    @Test func pipelinedRequestsAreEachAnsweredOnce() throws {
        let new = try newWorker()
        let client = try client()
        try client.send(String(repeating: Self.request, count: 100) + "GET /who HT")
        try old.drain(requests: .seconds(60), to: port)
        for _ in 0..<100 {
            let answer = try client.answer()
            #expect(["old", "new"].contains(answer.body) && !answer.has("Connection: close"))
        }
        #expect(old.waitForEnd() == .drained)
        try client.send("TP/1.1\r\nHost: a\r\n\r\n" + Self.request)
        try expectNew(client)
        try expectNew(client)
        #expect(new.isRunning)
    }

    @Test func aBusyConnectionGoesWhenItsAnswerIsOut() throws {
        let new = try newWorker()
        let gate = DispatchSemaphore(value: 0)
        var app = Self.application("busy")
        app.get("/wait", .blocking) { _ in
            _ = gate.wait(timeout: .now() + .seconds(60))
            return Response(text: "waited")
        }
        let busy = try TestWorker(app)
        let client = try TestClient(busy.address)
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        let upload = try TestClient(busy.address)
        try upload.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst")
        let idle = try TestClient(busy.address)
        try idle.send(Self.request)
        _ = try idle.answer()
        try busy.drain(requests: .seconds(60), to: port)
        try idle.send(Self.request)
        // Perhaps this request was faster than DRAIN; one after the other, they come to the next worker.
        while try idle.answer().body != "new" { try idle.send(Self.request) }
        #expect(busy.isRunning)
        gate.signal()
        let answer = try client.answer()
        #expect(answer.body == "waited" && !answer.has("Connection: close"))
        try client.send(Self.request)
        try expectNew(client)
        try upload.send("later")
        let echo = try upload.answer()
        #expect(echo.body == "firstlater" && !echo.has("Connection: close"))
        try upload.send(Self.request)
        try expectNew(upload)
        #expect(busy.waitForEnd() == .drained)
        #expect(new.isRunning)
    }

    @Test func aThousandConnectionsGoAtOnce() throws {
        let new = try newWorker()
        let clients = try (0..<1000).map { _ in try self.client() }
        try old.drain(requests: .seconds(60), to: port)
        for client in clients { try client.send(Self.request) }
        for client in clients {
            let answer = try client.answer()
            #expect(["old", "new"].contains(answer.body) && !answer.has("Connection: close"))
        }
        #expect(old.waitForEnd() == .drained)
        for client in clients { try client.send(Self.request) }
        for client in clients { try expectNew(client) }
        #expect(new.isRunning)
    }

    @Test func whatTheQueueDoesNotTakeIsServedMeanwhileAndGoesLater() throws {
        let clients = try (0..<1000).map { _ in try self.client() }
        try old.drain(requests: .seconds(60), to: port)
        // A queue that nobody reads is full long before; who is left is served, and kept alive.
        for client in clients { try client.send(Self.request) }
        var answered = 0
        try wait(for: "an answer of the old worker") {
            for client in clients where try !client.isQuiet() {
                let answer = try client.answer()
                #expect(answer.body == "old" && !answer.has("Connection: close"))
                answered += 1
            }
            return answered > 0
        }
        #expect(old.isRunning)
        // A worker that starts now finds the queue as it was left.
        let new = try newWorker()
        #expect(old.waitForEnd() == .drained)
        for client in clients { try client.send(Self.request) }
        for client in clients { while try client.answer().body != "new" {} }
        #expect(new.isRunning)
    }

    /// A worker that may hold so many connections of others.
    private func newWorker(maxAdopted: Int) throws -> TestWorker {
        var app = Self.application("new")
        app.configuration.maxAdopted = maxAdopted
        return try TestWorker(app, port: port)
    }

    @Test func whenThereIsNoRoomTheLongestIdleAreClosedForTheOthers() throws {
        let new = try newWorker(maxAdopted: 64)
        let clients = try (0..<200).map { _ in try self.client() }
        try old.drain(requests: .seconds(60), to: port)
        #expect(old.waitForEnd() == .drained)
        try wait(for: "room for the last of them") { new.count(.adopted) == 200 }
        #expect(new.count(.connections) <= 64)
        let own = try TestClient(new.address)
        try own.send(Self.request)
        try expectNew(own)
        var served = 0
        for client in clients {
            guard try client.isQuiet() else {
                // Closed in order, as by an idle time-out, and not reset.
                #expect(try client.rest() == "")
                continue
            }
            try client.send(Self.request)
            try expectNew(client)
            served += 1
        }
        #expect(served > 0 && served <= 64)
        #expect(new.isRunning)
    }

    @Test func aFloodOfBusyConnectionsWaitsAndOwnUsersAreServed() throws {
        let new = try newWorker(maxAdopted: 64)
        let clients = try (0..<100).map { _ in try self.client() }
        // Half a request: none of them is idle.
        for client in clients { try client.send("GET /wh") }
        try old.drain(requests: .seconds(60), to: port)
        try wait(for: "as many as find room") { new.count(.adopted) == 64 }
        for _ in 0..<20 {
            let own = try TestClient(new.address)
            try own.send(Self.request)
            try expectNew(own)
        }
        #expect(new.count(.adopted) == 64)
        // Those that have had their answers make room for those that wait.
        for client in clients { try client.send("o HTTP/1.1\r\nHost: a\r\n\r\n") }
        for client in clients {
            let answer = try client.answer()
            #expect(["old", "new"].contains(answer.body) && !answer.has("Connection: close"))
        }
        #expect(old.waitForEnd() == .drained)
        #expect(new.isRunning)
    }

    @Test func whenNobodyReceivesConnectionsStayAndAreClosedBehindTheirNextAnswer() throws {
        let client = try client()
        try port.retire()
        try old.drain(requests: .seconds(60), to: port)
        try untilClosing()
        #expect(try client.isQuiet())
        try client.send(Self.request)
        let answer = try client.answer()
        #expect(answer.body == "old" && answer.has("Connection: close"))
        #expect(try client.rest() == "")
        client.close()
        #expect(old.waitForEnd() == .drained)
    }

    @Test func anotherWayAfterTheFirstHasEndedIsUsed() throws {
        let client = try client()
        let retired = try HandoverSocket()
        try retired.retire()
        try old.drain(requests: .seconds(60), to: retired)
        try untilClosing()
        let new = try newWorker()
        try old.handOver(to: port)
        #expect(old.waitForEnd() == .drained)
        try client.send(Self.request)
        try expectNew(client)
        #expect(new.isRunning)
    }

    @Test func aDrainingWorkerPassesOnWhatWaitsForIt() throws {
        let clients = try (0..<100).map { _ in try self.client() }
        let middlePort = try HandoverSocket()
        try old.drain(requests: .seconds(60), to: middlePort)
        #expect(old.waitForEnd() == .drained)
        // The worker between them is told to drain before it has taken a connection.
        let middle = try TestWorker(Self.application("middle"), port: middlePort)
        try middlePort.retire()
        try middle.drain(requests: .seconds(60), to: port)
        #expect(middle.waitForEnd() == .drained)
        let new = try newWorker()
        for client in clients { try client.send(Self.request) }
        for client in clients { try expectNew(client) }
        #expect(new.isRunning)
    }

    @Test func whatIsNoConnectionIsThrownAway() throws {
        let new = try newWorker()
        let line = try port.line()
        let other = try Socket.datagram(.unix)
        for bytes in [HandoverMessage(read: [[]]).bytes, Array("HANDOVER=9\n\n".utf8), [0]] {
            _ = try line.socket.sendMessage(bytes, descriptors: [other.number, old.laneNumber])
            _ = try line.socket.sendMessage(bytes, descriptors: [other.number])
            _ = try line.socket.sendMessage(bytes)
        }
        let client = try client()
        try old.drain(requests: .seconds(60), to: port)
        #expect(old.waitForEnd() == .drained)
        try client.send(Self.request)
        try expectNew(client)
        #expect(new.isRunning)
    }

    @Test func whoKeepsAConnectionThatHeGaveAwayBlocksNobody() throws {
        let directory = try TemporaryDirectory()
        try directory.write("public/large", String(repeating: "x", count: 16 << 20))
        var app = Self.application("new")
        app.files(directory.path("public"))
        let new = try TestWorker(app, port: port)
        let listener = try Socket.stream(.v4)
        try listener.bind(.v4(.loopback, port: 0))
        try listener.listen(backlog: 1)
        let client = try TestClient(try listener.localAddress())
        _ = try Poll.readable(listener.number, timeout: .seconds(5))
        guard case .accepted(let given) = listener.accept() else { Issue.record("nobody came"); return }
        _ = try port.line().socket.sendMessage(HandoverMessage(read: [[]]).bytes, descriptors: [given.number])
        try client.send(Self.request)
        try expectNew(client)
        // The open file is the worker's too.
        try given.descriptor.setNonBlocking(false)
        try given.setLinger(seconds: 20)
        try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in 0..<20 {
            let other = try TestClient(new.address)
            try other.send(Self.request)
            try expectNew(other)
        }
        #expect(new.isRunning)
    }

    @Test func whoSendsWhatCannotBeClosedBlocksNobody() throws {
        let line = try port.line()
        let connections = try (0..<3).map { _ in try LingeringConnection() }
        let datagrams = try Socket.datagram(.unix)
        // No message of connections; one with more descriptors than it names; one with more than a message may have.
        _ = try line.socket.sendMessage([0], descriptors: [connections[0].number])
        _ = try line.socket.sendMessage(
            HandoverMessage(read: [[]]).bytes, descriptors: [datagrams.number, connections[1].number])
        _ = try line.socket.sendMessage(
            HandoverMessage(read: [[]]).bytes,
            descriptors: Array(repeating: datagrams.number, count: 100) + [connections[2].number])
        // What waits in the socket is all that has them now: closing it is what takes its time.
        for connection in connections { connection.letGo() }
        let new = try newWorker()
        let client = try client()
        try old.drain(requests: .seconds(60), to: port)
        #expect(old.waitForEnd() == .drained)
        let own = try TestClient(new.address)
        for _ in 0..<20 {
            try own.send(Self.request)
            try expectNew(own)
        }
        try client.send(Self.request)
        // Taken when there is room behind what came before it.
        for connection in connections { connection.end() }
        try expectNew(client)
        #expect(new.isRunning)
    }

    @Test func aSocketThatIsNotConnectedIsNoConnection() throws {
        let new = try newWorker()
        let given = try Socket.stream(.v4)
        _ = try port.line().socket.sendMessage(HandoverMessage(read: [[]]).bytes, descriptors: [given.number])
        let client = try client()
        try old.drain(requests: .seconds(60), to: port)
        #expect(old.waitForEnd() == .drained)
        try client.send(Self.request)
        try expectNew(client)
        // Had it been taken, a connection to it now would be one that nobody watches for.
        try given.bind(.v4(.loopback, port: 0))
        try given.listen(backlog: 1)
        let late = try Socket.stream(.v4)
        _ = try late.connect(try given.localAddress())
        #expect(try Poll.readable(given.number, timeout: .seconds(5)))
        guard case .accepted = given.accept() else { Issue.record("nobody came"); return }
        #expect(new.isRunning)
    }

    /// Returns when a new connection shows that connections end behind their answers.
    private func untilClosing() throws {
        try wait(for: "an answer with Connection: close") {
            let probe = try TestClient(old.address)
            try probe.send(Self.request)
            return try probe.answer().has("Connection: close")
        }
    }
}
