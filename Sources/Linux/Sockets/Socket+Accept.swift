import CLinux
import Glibc

/// The result of `accept`.
package enum AcceptResult: ~Copyable {
    /// A connection, non-blocking and close-on-exec; the caller owns it.
    case accepted(Socket)
    /// The queue is empty.
    case wouldBlock
    /// This one connection failed, or the process is out of descriptors or memory; the listener itself is well.
    case failed(Errno)
}

extension Socket {
    /// Takes the next connection from the queue. The corresponding C function is `accept4`.
    ///
    /// ECONNABORTED and the network errors that accept(2) lists concern one connection only: they come back as
    /// `.failed`, as do EMFILE, ENFILE, ENOBUFS and ENOMEM. A listener that was shut down says `.failed(.invalid)`.
    package borrowing func accept() -> AcceptResult {
        let listener = number
        let flags = CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        switch uninterrupted({ clinux_accept(listener, flags) }) {
        case .success(let number): return .accepted(Socket(adopting: FileDescriptor(owning: number)))
        case .failure(.wouldBlock): return .wouldBlock
        case .failure(let errno): return .failed(errno)
        }
    }

    /// The same of a socket whose other holders may let it wait at any moment: a signal ends the wait, which is
    /// `.failed(.interrupted)`.
    package borrowing func acceptUnlessInterrupted() -> AcceptResult {
        let accepted = clinux_accept(number, CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue))
        let errno = Errno.current
        if accepted >= 0 { return .accepted(Socket(adopting: FileDescriptor(owning: accepted))) }
        return errno == .wouldBlock ? .wouldBlock : .failed(errno)
    }
}
