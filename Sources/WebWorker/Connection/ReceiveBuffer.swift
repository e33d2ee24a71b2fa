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

    /// The first `count` bytes, lent to `body`.
    func withBytes<Result>(_ count: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        let filled = unsafe UnsafeRawBufferPointer(rebasing: bytes[0..<count])
        return unsafe filled.withMemoryRebound(to: UInt8.self) { unsafe body($0.span) }
    }
}
