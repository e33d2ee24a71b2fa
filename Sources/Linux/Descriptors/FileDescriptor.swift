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

    // Never called again after EINTR: on Linux the number is free by then (close(2), NOTES).
    deinit {
        // EBADF would mean that somebody else closed our number, and that another owner is about to lose his.
        if Glibc.close(number) == -1, errno == EBADF { fatalError("close: descriptor \(number) was not open") }
    }
}

/// Marks everything from `first` on close-on-exec, so that nothing that this process was born with leaks to a worker.
/// The corresponding C function is `close_range`.
package func closeOnExec(from first: CInt) throws(SystemError) {
    _ = try system("close_range") { clinux_close_range_on_exec(UInt32(first)) }
}
