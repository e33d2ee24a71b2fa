import Dispatch
import Handoff
import Linux
import Synchronization
import TestSupport

@testable import WebWorker

/// A worker's loop on a thread of its own, with a lane on a free port, and with the master's end of its control socket.
final class TestWorker: Sendable {
    let address: SocketAddress
    private let control: Socket
    private let listener: Socket
    private let scoreboard: FileDescriptor
    private let outcome = Outcome()

    /// What the loop's thread has of this worker: not the worker itself, which tells the loop to end when it goes.
    private final class Outcome: Sendable {
        let finished = DispatchSemaphore(value: 0)
        let ending = Mutex<Server.Ending?>(nil)
    }

    /// Starts `application`. With `isShared` the lane is one that other generations hold too. What is handed over to it
    /// arrives at `port`, which stays the caller's. With `keys` its lane speaks TLS.
    init(
        _ application: Application, isShared: Bool = false, port: HandoverSocket? = nil, keys: TLSKeys? = nil
    ) throws {
        // As a worker does: sendfile(2) to a client that has gone would end the tests.
        Signal.ignorePipe()
        let listener = try Socket.stream(.v4)
        try listener.set(.reuseAddress, to: true)
        if !isShared { try listener.set(.reusePort, to: true) }
        try listener.bind(.v4(.loopback, port: 0))
        try listener.listen(backlog: 128)
        address = try listener.localAddress()
        let ends = try SocketPair(.datagram).ends()
        control = Socket(adopting: FileDescriptor(owning: ends.first))

        var inheritance = Inheritance()
        let lane = Socket(adopting: try listener.descriptor.duplicate())
        inheritance.lanes = [try Lane(inherited: lane, isTLS: keys != nil)]
        inheritance.tls = try keys?.file().release()
        inheritance.control = ends.second
        inheritance.handover = try port?.socket.descriptor.duplicate().release()
        let directory = try TemporaryDirectory()
        let board = try withExtendedLifetime(directory) { try Files.create(directory.path("board")) }
        try board.truncate(to: Scoreboard.byteCount)
        inheritance.scoreboard = try board.duplicate().release()
        scoreboard = board
        self.listener = listener
        let (site, configuration, started) = (try application.openedSite(), application.configuration, inheritance)
        let outcome = outcome
        DispatchQueue(label: "worker under test").async {
            do throws(SystemError) {
                var server = try Server(site, configuration, started, signals: nil)
                let ending = try server.run()
                outcome.ending.withLock { $0 = ending }
            } catch {
                fatalError("the worker under test failed: \(error)")
            }
            outcome.finished.signal()
        }
    }

    deinit { try? drain(requests: .zero) }

    /// Says DRAIN, with the way to a hand-over socket.
    func drain(
        requests: Duration, upgrades: Duration? = nil, laneIsLive: Bool = false, to port: HandoverSocket? = nil,
        version: Int = 1
    ) throws {
        try tell(
            .drain(requests: requests, upgrades: upgrades ?? requests, laneIsLive: laneIsLive, version: version), port)
    }

    /// Says which connections it keeps, and where the others go.
    func share(
        keeping lots: Range<Int>, to port: HandoverSocket?, version: Int = 1, sparing: [String]? = nil
    ) throws {
        try tell(.share(keeping: lots, version: version, sparing: sparing), port)
    }

    /// Says where idle connections go from now on.
    func handOver(to port: HandoverSocket) throws { try tell(.handOver(), port) }

    /// Brings new keys.
    func use(_ keys: TLSKeys) throws {
        let file = try keys.file()
        _ = try control.sendMessage(ControlMessage.tls.bytes, descriptors: [file.number])
    }

    private func tell(_ message: ControlMessage, _ port: HandoverSocket?) throws {
        let line = try port?.line()
        _ = try control.sendMessage(message.bytes, descriptors: line.map { [$0.number] } ?? [])
        withExtendedLifetime(line) {}
    }

    /// What it has counted.
    func count(_ counter: Scoreboard.Counter) -> Int {
        ((try? ScoreboardSnapshot(reading: scoreboard)) ?? nil)?[counter] ?? 0
    }

    /// What it has counted of its sites, those with answers: their numbers, answers and 5xx.
    var sites: [[Int]] {
        let counts = ((try? ScoreboardSnapshot(reading: scoreboard)) ?? nil)?.sites ?? []
        return counts.enumerated().map { [$0, $1.answers.value, $1.serverErrors.value] }.filter { $0[1] > 0 }
    }

    /// The lane, lent.
    var laneNumber: Int32 { listener.number }

    /// Takes a connection out of the lane, as another process that holds it would, closes it, and says whose it was; nil
    /// when none waits.
    func acceptFromLane() throws -> SocketAddress? {
        guard case .accepted(let socket) = listener.accept() else { return nil }
        return try socket.peerAddress()
    }

    /// Waits for the loop's end; nil when it does not come within a minute.
    func waitForEnd() -> Server.Ending? {
        _ = outcome.finished.wait(timeout: .now() + .seconds(60))
        return outcome.ending.withLock { $0 }
    }

    /// Whether the loop still runs now.
    var isRunning: Bool { outcome.ending.withLock { $0 == nil } }
}

extension TLSKeys {
    /// The bundle as a file in memory.
    func file() throws -> FileDescriptor {
        let file = try FileDescriptor.sealedMemory("deployd-tls", byteCount: byteCount)
        try file.writeAll(bytes)
        return file
    }
}

extension TestWorker {
    /// What it answers to a client that takes compressed files too.
    func get(_ path: String) throws -> TestClient.Answer {
        let client = try TestClient(address)
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        return try client.answer()
    }
}
