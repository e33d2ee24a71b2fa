internal import Linux

/// The memory that all connections are read into. Belongs to the loop's thread.
@safe final class ReceiveBuffer {
    private let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        unsafe bytes = .allocate(byteCount: byteCount, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }

    /// Reads once from a socket over the front of the buffer.
    func fill(from socket: borrowing Socket) throws(SystemError) -> Transfer { try unsafe socket.receive(into: bytes) }

    /// Reads once from a socket, behind `front`, which is copied to the buffer's front.
    func fill(behind front: [UInt8], from socket: borrowing Socket) throws(SystemError) -> Transfer {
        put(front)
        return try unsafe socket.receive(into: UnsafeMutableRawBufferPointer(rebasing: bytes[front.count...]))
    }

    /// Copies bytes, which find room, to the buffer's front.
    func put(_ front: [UInt8]) {
        guard !front.isEmpty else { return }
        unsafe front.withUnsafeBytes { unsafe bytes.copyMemory(from: $0) }
    }

    /// The whole memory, lent to `body`.
    func withRoom<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result { try unsafe body(bytes) }

    /// Sends the first `count` bytes, as far as the socket takes them.
    func send(_ count: Int, to socket: borrowing Socket) throws(SystemError) -> Transfer {
        try unsafe socket.send(UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
    }

    /// The first `count` bytes, lent to `body`.
    func withBytes<Result>(_ count: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        let filled = unsafe UnsafeRawBufferPointer(rebasing: bytes[0..<count])
        return unsafe filled.withMemoryRebound(to: UInt8.self) { unsafe body($0.span) }
    }
}
