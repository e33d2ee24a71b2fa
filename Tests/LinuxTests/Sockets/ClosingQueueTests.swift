import Linux
import TestSupport
import Testing

@Suite("Closing what others sent")
struct ClosingQueueTests {
    init() { try? ResourceLimit.files.raise() }

    /// Gives a connection whose closing waits to a queue, by the way that a stranger's takes.
    private func give(_ connection: LingeringConnection, to queue: ClosingQueue) throws {
        let pair = try SocketPair(.datagram)
        _ = try pair.first.sendMessage([1], descriptors: [connection.number])
        connection.letGo()
        let message = try #require(try pair.second.receiveMessage(maxDescriptors: 253))
        queue.close(message.descriptors)
    }

    @Test("Who gives a descriptor away does not wait for its closing, and neither does another queue")
    func waitsForNothing() throws {
        let connection = try LingeringConnection()
        let slow = ClosingQueue()
        try give(connection, to: slow)
        let ends = try Pipe().ends()
        let reading = FileDescriptor(owning: ends.reading)
        let other = ClosingQueue()
        other.close([ends.writing])
        var byte: [UInt8] = [0]
        try wait(for: "the end of the pipe") { try reading.read(into: &byte) == .bytes(0) }
        #expect(slow.count == 1)
        #expect(ClosingQueue.isBusy)
        connection.end()
        try wait(for: "the close") { slow.count == 0 }
    }

    @Test("A queue says when no more should be received, and when it may go on")
    func room() throws {
        let connection = try LingeringConnection()
        let queue = ClosingQueue()
        #expect(queue.hasRoom)
        try give(connection, to: queue)
        #expect(queue.hasRoom)
        for _ in 0..<253 { queue.close([try Files.openNull().release()]) }
        #expect(!queue.hasRoom)
        #expect(queue.count == 254)
        connection.end()
        try wait(for: "room") { queue.count == 0 && queue.hasRoom }
    }

    @Test("A socket is closed with the descriptors that nobody took from it")
    func untaken() throws {
        let connection = try LingeringConnection()
        let ends = try SocketPair(.datagram).ends()
        let queue = ClosingQueue()
        do {
            let sender = Socket(adopting: FileDescriptor(owning: ends.first))
            _ = try sender.sendMessage([1], descriptors: [connection.number])
        }
        connection.letGo()
        queue.close(Socket(adopting: FileDescriptor(owning: ends.second)))
        #expect(queue.count == 1)
        connection.end()
        try wait(for: "the close") { queue.count == 0 }
    }

    @Test("Who is accepted by a socket that takes no descriptors takes none either")
    func inherited() throws {
        let directory = try TemporaryDirectory()
        let listener = try Socket.stream(.unix)
        // Before Linux 6.16 neither can be asked.
        try? listener.set(.passDescriptors, to: false)
        try listener.bind(.unix(path: directory.path("s")))
        try listener.listen(backlog: 1)
        let client = try Socket.stream(.unix)
        _ = try client.connect(.unix(path: directory.path("s")))
        guard case .accepted(let accepted) = listener.accept() else { Issue.record("nobody came"); return }
        let (ours, theirs) = (try? listener.isOn(.passDescriptors), try? accepted.isOn(.passDescriptors))
        #expect(ours == theirs)
        #expect(ours != true)
    }
}
