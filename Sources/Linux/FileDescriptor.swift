import CLinux
import Glibc

/// The one owner of an open descriptor: it is closed when the owner goes. The corresponding C function is `close`.
///
/// Every descriptor that this module opens is close-on-exec; what a child inherits is listed in its `SpawnRequest`.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, lent: valid while the owner lives.
    package let number: CInt

    /// Takes ownership of an open descriptor.
    package init(owning number: CInt) { self.number = number }

    /// Another descriptor (3 or above, close-on-exec) of the same open file. The corresponding C function is `fcntl`.
    package borrowing func duplicate(atLeast lowest: CInt = 3) throws(SystemError) -> FileDescriptor {
        let source = number
        return FileDescriptor(owning: try system("fcntl") { fcntl(source, F_DUPFD_CLOEXEC, lowest) })
    }

    /// Gives ownership away: the caller must close the number.
    package consuming func release() -> CInt {
        let number = self.number
        discard self
        return number
    }

    /// Whether the open file blocks; shared by all who hold it. The corresponding C function is `fcntl`.
    package borrowing func setNonBlocking(_ nonBlocking: Bool) throws(SystemError) {
        let descriptor = number
        let flags = try system("fcntl") { fcntl(descriptor, F_GETFL) }
        let wanted = nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        _ = try system("fcntl") { fcntl(descriptor, F_SETFL, wanted) }
    }

    deinit {
        // EBADF would mean that somebody else closed our number, and that another owner is about to lose his.
        if Glibc.close(number) == -1, errno == EBADF { fatalError("close: descriptor \(number) was not open") }
    }
}

/// What a read or write did. A descriptor that is not ready is no error.
package enum Transfer: Equatable, Sendable {
    /// So many bytes went through; 0 from a read is the end of the file or stream.
    case bytes(Int)
    /// Nothing went through: try when epoll says so.
    case wouldBlock
}

/// Marks everything from `first` on close-on-exec, so that nothing that this process was born with leaks to a worker.
/// The corresponding C function is `close_range`.
package func closeOnExec(from first: CInt) throws(SystemError) {
    _ = try system("close_range") { clinux_close_range_on_exec(UInt32(first)) }
}

/// A pipe, both ends non-blocking. The corresponding C function is `pipe2`.
package struct Pipe: ~Copyable {
    /// The end to read from.
    package let reading: FileDescriptor
    /// The end to write to.
    package let writing: FileDescriptor

    /// Opens a pipe.
    package init() throws(SystemError) {
        var numbers: (CInt, CInt) = (-1, -1)
        _ = try system("pipe2") {
            unsafe withUnsafeMutableBytes(of: &numbers) {
                unsafe clinux_pipe($0.baseAddress?.assumingMemoryBound(to: CInt.self))
            }
        }
        reading = FileDescriptor(owning: numbers.0)
        writing = FileDescriptor(owning: numbers.1)
    }

    /// Gives both ends away.
    package consuming func ends() -> (reading: CInt, writing: CInt) {
        (reading.release(), writing.release())
    }
}
