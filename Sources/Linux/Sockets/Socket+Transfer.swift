import CLinux
import Glibc

extension Socket {
    /// Reads what has arrived; `peek` leaves it there. 0 bytes is the end of the stream. The corresponding C function
    /// is `recv`.
    package borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer, peek: Bool = false
    ) throws(SystemError) -> Transfer {
        let socket = number
        let flags = (peek ? CInt(MSG_PEEK) : 0) | waitFlags
        return try transfer("recv") { unsafe recv(socket, buffer.baseAddress, buffer.count, flags) }
    }

    /// The same, over the front of `bytes`.
    package borrowing func receive(into bytes: inout [UInt8], peek: Bool = false) throws(SystemError) -> Transfer {
        let socket = number
        let flags = (peek ? CInt(MSG_PEEK) : 0) | waitFlags
        return try transfer("recv") {
            unsafe bytes.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, flags) }
        }
    }

    /// Sends what the kernel takes at once, never with SIGPIPE; `more` says that the rest of the segment follows. The
    /// corresponding C function is `send`.
    package borrowing func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false) throws(SystemError) -> Transfer {
        let socket = number
        let flags = CInt(MSG_NOSIGNAL) | (more ? CInt(MSG_MORE) : 0) | waitFlags
        return try transfer("send") { unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, flags) }
    }

    /// The same, from an array.
    package borrowing func send(_ bytes: [UInt8], more: Bool = false) throws(SystemError) -> Transfer {
        let socket = number
        let flags = CInt(MSG_NOSIGNAL) | (more ? CInt(MSG_MORE) : 0) | waitFlags
        return try transfer("send") {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.send(socket, $0.baseAddress, $0.count, flags) }
        }
    }

    /// Sends up to `count` bytes of a file from `offset`, which moves on. SIGPIPE must be ignored: there is no flag for
    /// it. The corresponding C function is `sendfile`.
    package borrowing func sendFile(
        from file: borrowing FileDescriptor, offset: inout Int, count: Int
    ) throws(SystemError) -> Transfer {
        // sendfile has no flag that says not to wait.
        if isShared { return try sendCopy(of: file, offset: &offset, count: min(count, Self.copiedAtOnce)) }
        let socket = number
        let source = file.number
        var position = off_t(offset)
        let result = try transfer("sendfile") { unsafe sendfile(socket, source, &position, count) }
        offset = Int(position)
        return result
    }

    /// Bytes of a file that are copied at once.
    private static let copiedAtOnce = 64 * 1024

    private borrowing func sendCopy(
        of file: borrowing FileDescriptor, offset: inout Int, count: Int
    ) throws(SystemError) -> Transfer {
        let bytes = try file.read(at: offset, count: count)
        // The file has ended: nothing to send, which is what sendfile says.
        guard !bytes.isEmpty else { return .bytes(0) }
        let transfer = try send(bytes)
        if case .bytes(let sent) = transfer { offset += sent }
        return transfer
    }
}
