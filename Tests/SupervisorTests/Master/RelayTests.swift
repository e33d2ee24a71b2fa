import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite struct RelayTests {
    @Test func `nothing is awaited of an end from which nothing is wanted`() throws {
        let pair = try SocketPair(.stream).ends()
        let client = Socket(adopting: FileDescriptor(owning: pair.first))
        let other = try SocketPair(.stream).ends()
        let server = Socket(adopting: FileDescriptor(owning: other.second))
        let relay = Relay(
            adopting: Socket(adopting: FileDescriptor(owning: pair.second)),
            Socket(adopting: FileDescriptor(owning: other.first)))
        // The server reads nothing, and the client has sent more than the relay holds, and is gone.
        let block = [UInt8](repeating: 1, count: 64 << 10)
        for _ in 0..<100 {
            guard case .bytes = try client.send(block) else { break }
            #expect(relay.advance())
        }
        #expect(relay.advance())
        #expect(relay.interest.client == [])
        #expect(relay.interest.server.contains(.writable))
        _ = consume server
    }
}
