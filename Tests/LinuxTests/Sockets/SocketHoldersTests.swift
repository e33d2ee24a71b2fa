import Linux
import TestSupport
import Testing

// A child that another test starts beside these has a copy of every descriptor until it has become its program: so what is
// to be the only holder is waited for.
@Suite("Who holds a socket")
struct SocketHoldersTests {
    private func listening(_ address: SocketAddress) throws -> Socket {
        let socket = try Socket.stream(address.family)
        try socket.bind(address)
        try socket.listen(backlog: 4)
        return socket
    }

    @Test("A socket that listens is found by its address, its port and its host, and its holders by its inode")
    func tcp() throws {
        let socket = try listening(.v4(.loopback, port: 0))
        let address = try socket.localAddress()
        let inode = try socket.descriptor.status().inode
        #expect(ListenerRoll.inodes(at: address) == [inode])
        #expect(ListenerRoll.inodes(onPortOf: address).contains(inode))
        #expect(ListenerRoll.inodes(onHostOf: .v4(.loopback, port: 0)).contains(inode))
        let other = try listening(.v4(.loopback, port: 0))
        #expect(!ListenerRoll.inodes(onPortOf: try other.localAddress()).contains(inode))
        try wait(for: "this process to be the only holder") {
            SocketHolders.find([inode]) == [ThisProcess.pid: [inode]]
        }
        #expect(SocketHolders.find([]) == [:])
    }

    @Test("A process that inherited it is one of them")
    func inherited() throws {
        let socket = try listening(.v4(.loopback, port: 0))
        let inode = try socket.descriptor.status().inode
        let child = try spawn(
            SpawnRequest(
                executable: try Program.path("sleep"), arguments: ["sleep", "60"], environment: [],
                descriptors: [(socket.number, 3)]))
        let process = try ProcessDescriptor(pid: child)
        try wait(for: "the two to be the holders") {
            Set(SocketHolders.find([inode]).keys) == [ThisProcess.pid, child]
        }
        try process.send(.kill)
        try wait(for: "its end") { try process.reap() != nil }
        try wait(for: "this process to be the only holder") {
            Set(SocketHolders.find([inode]).keys) == [ThisProcess.pid]
        }
    }

    @Test("A unix socket that listens is found by its name, and one that does not is none")
    func unix() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("a name with spaces")
        let bound = try Socket.stream(.unix)
        try bound.bind(.unix(path: path))
        #expect(UnixRoll.inodes { $0 == path } == [])
        try bound.listen(backlog: 4)
        #expect(UnixRoll.inodes { $0 == path } == [try bound.descriptor.status().inode])
        let name = "deployd-test-\(ThisProcess.pid)-roll"
        let abstract = try listening(.abstract(name: name))
        #expect(UnixRoll.inodes { $0 == "@\(name)" } == [try abstract.descriptor.status().inode])
    }

    @Test("The kernel tells who has a lock")
    func lock() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("lock")
        #expect(FileLock.holder(of: path) == nil)
        do {
            guard let lock = try FileLock.acquire(path) else {
                Issue.record("nobody else has the lock")
                return
            }
            #expect(FileLock.holder(of: path) == ThisProcess.pid)
            _ = consume lock
        }
        try wait(for: "the lock to be free") { FileLock.holder(of: path) == nil }
    }
}
