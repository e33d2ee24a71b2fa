import CLinux
import Glibc

/// Signals as something to read. Source: signalfd(2).
package struct SignalDescriptor: ~Copyable {
    private let descriptor: FileDescriptor

    /// The descriptor's number, lent, for epoll.
    package var number: CInt { descriptor.number }

    /// Blocks `signals` in this thread, and in those that it starts afterwards, and collects them instead. Call it
    /// before any other thread runs. The corresponding C functions are `sigprocmask` and `signalfd`.
    package init(_ signals: [Signal]) throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal.rawValue) }
        _ = try system("sigprocmask") { unsafe sigprocmask(SIG_BLOCK, &set, nil) }
        let flags = CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK)
        descriptor = FileDescriptor(owning: try system("signalfd") { unsafe signalfd(-1, &set, flags) })
    }

    /// One signal and who sent it.
    package struct Received: Equatable, Sendable {
        /// Which.
        package let signal: Signal
        /// The sender's process; 0 when the kernel sent it.
        package let pid: Int32
        /// The sender's real user.
        package let uid: UInt32
    }

    /// The next signal that came; nil when none did.
    package borrowing func read() throws(SystemError) -> Received? {
        var info = signalfd_siginfo()
        let result = try unsafe withUnsafeMutableBytes(of: &info) { (bytes) throws(SystemError) in
            try unsafe descriptor.read(into: bytes)
        }
        guard case .bytes = result else { return nil }
        return Received(
            signal: Signal(rawValue: CInt(info.ssi_signo)), pid: Int32(bitPattern: info.ssi_pid), uid: info.ssi_uid)
    }
}
