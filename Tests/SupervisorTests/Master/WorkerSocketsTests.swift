import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite struct WorkerSocketsTests {
    private func isLane(_ socket: borrowing Socket) throws -> Bool {
        let address = try socket.localAddress()
        let lane = SavedState.HeldSocket(name: "web/1", address: address, isLane: true)
        return WorkerSockets.isMeant(socket, lane, at: address)
    }

    @Test func `only what listens over TCP is taken for a lane`() throws {
        let lane = try Socket.stream(.v4)
        try lane.bind(.v4(.loopback, port: 0))
        var answers = [try isLane(lane)]
        try lane.listen(backlog: 1)
        answers.append(try isLane(lane))
        // Of the same address.
        let datagrams = try Socket.datagram(.v4)
        try datagrams.bind(try lane.localAddress())
        answers.append(try isLane(datagrams))
        let client = try Socket.stream(.v4)
        _ = try client.connect(try lane.localAddress())
        try wait(for: "the connection") { try lane.listenerInfo().acceptQueue == 1 }
        guard case .accepted(let connection) = lane.accept() else { throw Missing(what: "no connection") }
        answers.append(try isLane(connection))
        #expect(answers == [false, true, false, false])
    }

    @Test func `the hand-over socket is one for datagrams`() throws {
        let directory = try TemporaryDirectory()
        let address = SocketAddress.unix(path: directory.path("socket"))
        let handover = SavedState.HeldSocket(name: ".handover/1", address: address, listens: false)
        let datagrams = try Socket.datagram(.unix)
        let stream = try Socket.stream(.unix)
        let answers = [
            WorkerSockets.isMeant(datagrams, handover, at: address),
            WorkerSockets.isMeant(stream, handover, at: address),
        ]
        #expect(answers == [true, false])
    }

    @Test func `lanes that were lost stay lost until a master has saved what came of it`() throws {
        let place = try TemporaryDirectory()
        let directory = StateDirectory(root: place.path, runtime: place.path)
        #expect(!directory.notesLostLanes(false))
        #expect(directory.notesLostLanes(true))
        // The next one finds a keeper that holds them all again.
        #expect(directory.notesLostLanes(false))
        try Files.unlink(directory.lostLanes)
        #expect(!directory.notesLostLanes(false))
    }
}
