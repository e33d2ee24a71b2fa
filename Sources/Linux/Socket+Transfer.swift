import CLinux
import Glibc

extension Socket {
    /// Reads what has arrived; `peek` leaves it there. 0 bytes is the end of the stream. The corresponding C function
    /// is `recv`.
    package borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer, peek: Bool = false
    ) throws(SystemError) -> Transfer {
        let socket = number
        let flags = peek ? CInt(MSG_PEEK) : 0
        return try transfer("recv") { unsafe recv(socket, buffer.baseAddress, buffer.count, flags) }
    }

    /// The same, over the front of `bytes`.
    package borrowing func receive(into bytes: inout [UInt8], peek: Bool = false) throws(SystemError) -> Transfer {
        let socket = number
        let flags = peek ? CInt(MSG_PEEK) : 0
        return try transfer("recv") {
            unsafe bytes.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, flags) }
        }
    }

    /// Sends what the kernel takes at once, never with SIGPIPE; `more` says that the rest of the segment follows. The
    /// corresponding C function is `send`.
    package borrowing func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false) throws(SystemError) -> Transfer {
        let socket = number
        let flags = CInt(MSG_NOSIGNAL) | (more ? CInt(MSG_MORE) : 0)
        return try transfer("send") { unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, flags) }
    }

    /// The same, from an array.
    package borrowing func send(_ bytes: [UInt8], more: Bool = false) throws(SystemError) -> Transfer {
        let socket = number
        let flags = CInt(MSG_NOSIGNAL) | (more ? CInt(MSG_MORE) : 0)
        return try transfer("send") {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.send(socket, $0.baseAddress, $0.count, flags) }
        }
    }

    /// Sends up to `count` bytes of a file from `offset`, which moves on. SIGPIPE must be ignored: there is no flag for
    /// it. The corresponding C function is `sendfile`.
    package borrowing func sendFile(
        from file: borrowing FileDescriptor, offset: inout Int, count: Int
    ) throws(SystemError) -> Transfer {
        let socket = number
        let source = file.number
        var position = off_t(offset)
        let result = try transfer("sendfile") { unsafe sendfile(socket, source, &position, count) }
        offset = Int(position)
        return result
    }
}
