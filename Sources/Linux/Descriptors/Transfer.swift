import Glibc

/// The result of a read or write. A descriptor that is not ready is no error.
package enum Transfer: Equatable, Sendable {
    /// So many bytes went through; 0 from a read is the end of the file or stream.
    case bytes(Int)
    /// Nothing went through: try when epoll says so.
    case wouldBlock
}

/// EAGAIN as a value; any other failure as an error.
@inline(__always)
func transfer(
    _ call: StaticString, _ body: () -> Int
) throws(SystemError) -> Transfer {
    switch uninterrupted(body) {
    case .success(let count): return .bytes(count)
    case .failure(.wouldBlock): return .wouldBlock
    case .failure(let errno): throw SystemError(call: "\(call)", errno: errno)
    }
}
