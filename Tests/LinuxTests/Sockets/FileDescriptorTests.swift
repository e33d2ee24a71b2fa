import Linux
import TestSupport
import Testing

@Suite("Descriptors and their owners")
struct FileDescriptorTests {
    @Test("A descriptor is closed when its owner goes: the reader of a pipe sees the end")
    func closes() throws {
        let ends = try Pipe().ends()
        let reader = FileDescriptor(owning: ends.reading)
        var byte: [UInt8] = [0]
        do {
            let writer = FileDescriptor(owning: ends.writing)
            #expect(try reader.read(into: &byte) == .wouldBlock)
            #expect(try writer.write([7, 8]) == .bytes(2))
        }
        #expect(try reader.read(into: &byte) == .bytes(1))
        #expect(byte == [7])
        #expect(try reader.read(into: &byte) == .bytes(1))
        // A child that another test starts at this moment has a copy until its exec: hence the wait.
        try wait(for: "the end of the pipe") { try reader.read(into: &byte) == .bytes(0) }
    }

    @Test("A number that was given away stays open")
    func release() throws {
        let ends = try Pipe().ends()
        let reader = FileDescriptor(owning: ends.reading)
        let number = FileDescriptor(owning: ends.writing).release()
        var byte: [UInt8] = [0]
        #expect(try reader.read(into: &byte) == .wouldBlock)
        #expect(try FileDescriptor(owning: number).write([1]) == .bytes(1))
    }

    @Test("A duplicate is another number of the same open file, and lives on its own")
    func duplicate() throws {
        let ends = try Pipe().ends()
        let reader = FileDescriptor(owning: ends.reading)
        func copyOfWriter() throws -> FileDescriptor {
            // The first owner is gone when this returns.
            try FileDescriptor(owning: ends.writing).duplicate(atLeast: 50)
        }
        let copy = try copyOfWriter()
        #expect(copy.number >= 50)
        #expect(try copy.write([1]) == .bytes(1))
        var bytes = [UInt8](repeating: 0, count: 9)
        #expect(try reader.read(into: &bytes) == .bytes(1))
        // The flag belongs to the open file, so the copy's reader sees it too.
        try copy.setNonBlocking(false)
        #expect(try copy.write([2]) == .bytes(1))
    }

    @Test("A writer without a reader gets an error that names the call")
    func broken() throws {
        Signal.ignorePipe()
        let ends = try Pipe().ends()
        let writer = FileDescriptor(owning: ends.writing)
        do { _ = FileDescriptor(owning: ends.reading) }
        let error = #expect(throws: SystemError.self) {
            try wait(
                for: "the reader to be gone",
                until: {
                    _ = try writer.write([1]); return false
                })
        }
        #expect(error == SystemError(call: "write", errno: .brokenPipe))
        #expect(error?.description == "write: Broken pipe")
    }

    @Test("What this process opens is close-on-exec: a program that it becomes by exec has none of it")
    func closeOnExec() throws {
        let directory = try TemporaryDirectory()
        let file = try Files.create(directory.path("file"))
        let socket = try Socket.stream(.v4)
        let epoll = try Epoll()
        let event = try EventDescriptor()
        let copy = try file.duplicate()
        for number in [file.number, socket.number, event.number, copy.number] {
            let info = String(decoding: try Files.read("/proc/self/fdinfo/\(number)"), as: UTF8.self)
            let flags = try #require(
                info.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t").last)
            // O_CLOEXEC is 02000000.
            #expect((Int(flags, radix: 8) ?? 0) & 0o2000000 != 0, "\(number): \(info)")
        }
        _ = epoll
    }
}
