import Dispatch
import Linux
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("A lane")
struct LaneTests {
    @Test("A worker that lets the socket block does not make the master wait")
    func neverWaits() throws {
        let socket = try Socket.stream(.v4)
        try socket.bind(.v4(.loopback, port: 0))
        let address = try socket.localAddress()
        let lane = Lane(LaneNumber(rawValue: 1), socket, address: address, backlog: 16)
        try lane.listen()
        let workers = try lane.socket.descriptor.duplicate()
        try workers.setNonBlocking(false)
        // An accept that waits would wait for ever, and the run with it: this one has somebody to wait for.
        DispatchQueue.global().asyncAfter(deadline: .now() + 20) {
            let client = try? Socket.stream(.v4)
            _ = try? client?.connect(address)
        }
        guard case .wouldBlock = lane.accept() else {
            Issue.record("nobody has connected, and there is a connection, or somebody was waited for")
            return
        }
    }
}
