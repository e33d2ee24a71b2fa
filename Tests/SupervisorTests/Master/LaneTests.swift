import Linux
import Testing

@testable import Supervisor

@Suite("A lane")
struct LaneTests {
    @Test("A worker that lets the socket block does not make the master wait", .timeLimit(.minutes(1)))
    func neverWaits() throws {
        let socket = try Socket.stream(.v4)
        try socket.bind(.v4(.loopback, port: 0))
        let address = try socket.localAddress()
        let lane = Lane(LaneNumber(rawValue: 1), socket, address: address, backlog: 16)
        try lane.listen()
        let workers = try lane.socket.descriptor.duplicate()
        try workers.setNonBlocking(false)
        guard case .wouldBlock = lane.accept() else {
            Issue.record("nobody has connected, and there is a connection")
            return
        }
    }
}
