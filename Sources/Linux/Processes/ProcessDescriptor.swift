import CLinux
import Glibc

/// A process that cannot be mistaken for a later one with the same pid. Readable in epoll once it has ended. Source:
/// pidfd_open(2).
package struct ProcessDescriptor: ~Copyable, Sendable {
    private let descriptor: FileDescriptor
    /// The number that it has while it lives, and until it is reaped.
    package let pid: Int32

    /// The descriptor's number, lent, for epoll.
    package var number: CInt { descriptor.number }

    /// Opens a process; for a child that was not yet reaped this is always the child. The corresponding call is
    /// `pidfd_open`.
    package init(pid: Int32) throws(SystemError) {
        self.pid = pid
        descriptor = FileDescriptor(owning: try system("pidfd_open", "pid \(pid)") { clinux_pidfd_open(pid) })
    }

    /// Sends a signal; false when the process is gone already. The corresponding call is `pidfd_send_signal`.
    @discardableResult
    package borrowing func send(_ signal: Signal) throws(SystemError) -> Bool {
        let process = number
        switch uninterrupted({ clinux_pidfd_send_signal(process, signal.rawValue) }) {
        case .success: return true
        case .failure(.noSuchProcess): return false
        case .failure(let errno):
            throw SystemError(call: "pidfd_send_signal", errno: errno, subject: signal.description)
        }
    }

    /// Reaps the process if it has ended and is our child; nil while it runs. The corresponding C function is `waitid`
    /// with P_PIDFD.
    package borrowing func reap() throws(SystemError) -> ExitStatus? {
        let process = number
        var code: CInt = 0
        var status: CInt = 0
        let ended = try system("waitid") { unsafe clinux_pidfd_wait(process, &code, &status) }
        guard ended == 1 else { return nil }
        switch code {
        case CInt(CLD_EXITED): return .exited(code: Int(status))
        case CInt(CLD_DUMPED): return .signalled(Signal(rawValue: status), dumpedCore: true)
        default: return .signalled(Signal(rawValue: status), dumpedCore: false)
        }
    }

    /// Another process's descriptor as one of ours (the same open file). Needs the right to trace it. The corresponding
    /// call is `pidfd_getfd`.
    package borrowing func takeDescriptor(_ theirs: CInt) throws(SystemError) -> FileDescriptor {
        let process = number
        return FileDescriptor(owning: try system("pidfd_getfd") { clinux_pidfd_getfd(process, theirs) })
    }
}
