import Linux
import TestSupport
import Testing

@Suite("Messages with descriptors and credentials")
struct MessageTests {
    @Test("Descriptors arrive as others of the same open file, with who sent them")
    func descriptors() throws {
        let pair = try SocketPair(.datagram)
        try pair.second.set(.passCredentials, to: true)
        let ends = try Pipe().ends()
        let reading = FileDescriptor(owning: ends.reading)
        do {
            let writing = FileDescriptor(owning: ends.writing)
            let sent = try pair.first.sendMessage(Array("hello".utf8), descriptors: [writing.number, reading.number])
            #expect(sent == .bytes(5))
        }
        let message = try #require(try pair.second.receiveMessage(maxDescriptors: 4))
        #expect(message.bytes == Array("hello".utf8))
        #expect(!message.isTruncated)
        #expect(message.descriptors.count == 2)
        #expect(message.sender == PeerCredentials(pid: ThisProcess.pid, uid: ThisProcess.uid, gid: ThisProcess.gid))
        let owned = try message.descriptors.map { try FileDescriptor(owning: $0).duplicate().release() }
        #expect(try FileDescriptor(owning: owned[0]).write([42]) == .bytes(1))
        var byte: [UInt8] = [0]
        #expect(try FileDescriptor(owning: owned[1]).read(into: &byte) == .bytes(1))
        #expect(byte == [42])
        #expect(try pair.second.receiveMessage() == nil)
    }

    @Test("Descriptors beyond the room are closed, and the message says so", arguments: [0, 1])
    func surplus(room: Int) throws {
        let pair = try SocketPair(.datagram)
        let ends = try Pipe().ends()
        let reading = FileDescriptor(owning: ends.reading)
        do {
            let writing = FileDescriptor(owning: ends.writing)
            _ = try pair.first.sendMessage([1], descriptors: [reading.number, writing.number, writing.number])
        }
        let message = try #require(try pair.second.receiveMessage(maxDescriptors: room))
        #expect(message.isTruncated)
        #expect(message.descriptors.count == room)
        for number in message.descriptors { _ = FileDescriptor(owning: number) }
        // No writing end is left anywhere: the reader is at the end.
        var byte: [UInt8] = [0]
        try wait(for: "the end of the pipe") { try reading.read(into: &byte) == .bytes(0) }
    }

    @Test("A message that is longer than the room is cut, and says so")
    func cut() throws {
        let pair = try SocketPair(.datagram)
        _ = try pair.first.sendMessage(Array("0123456789".utf8))
        let message = try #require(try pair.second.receiveMessage(maxBytes: 4))
        #expect(message.bytes == Array("0123".utf8))
        #expect(message.isTruncated)
        #expect(message.sender == nil)
    }

    @Test("More descriptors than the kernel takes are refused")
    func tooMany() throws {
        let pair = try SocketPair(.datagram)
        let number = pair.second.number
        #expect(throws: SystemError(call: "sendmsg", errno: .invalid)) {
            try pair.first.sendMessage([1], descriptors: Array(repeating: number, count: 254))
        }
        #expect(try pair.first.sendMessage([1], descriptors: Array(repeating: number, count: 253)) == .bytes(1))
        let message = try #require(try pair.second.receiveMessage(maxDescriptors: 253))
        #expect(message.descriptors.count == 253)
        for number in message.descriptors { _ = FileDescriptor(owning: number) }
    }

    @Test("A datagram goes to a path or an abstract name; a full queue is told, and a missing one is an error")
    func addressed() throws {
        let directory = try TemporaryDirectory()
        for address in [SocketAddress.unix(path: directory.path("s")), .abstract(name: directory.path)] {
            let receiver = try Socket.datagram(.unix)
            let sender = try Socket.datagram(.unix)
            #expect(throws: SystemError.self) { try sender.sendMessage([1], to: address) }
            try receiver.bind(address)
            var sent = 0
            while case .bytes = try sender.sendMessage([UInt8(sent & 255)], to: address) { sent += 1 }
            #expect(sent > 0)
            #expect(try receiver.receiveMessage()?.bytes == [0])
            #expect(try sender.sendMessage([9], to: address) == .bytes(1))
        }
    }

    @Test("The end of a stream is an empty message")
    func end() throws {
        let pair = try SocketPair(.stream)
        try pair.first.shutdown(.write)
        #expect(try pair.second.receiveMessage()?.bytes == [])
    }
}
