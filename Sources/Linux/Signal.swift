import CLinux
import Glibc

/// A signal. Source: signal(7).
package struct Signal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: CInt
    package init(rawValue: CInt) { self.rawValue = rawValue }

    package static let hup = Signal(rawValue: SIGHUP)
    package static let int = Signal(rawValue: SIGINT)
    package static let quit = Signal(rawValue: SIGQUIT)
    package static let ill = Signal(rawValue: SIGILL)
    package static let abrt = Signal(rawValue: SIGABRT)
    package static let kill = Signal(rawValue: SIGKILL)
    package static let usr1 = Signal(rawValue: SIGUSR1)
    package static let segv = Signal(rawValue: SIGSEGV)
    package static let usr2 = Signal(rawValue: SIGUSR2)
    package static let pipe = Signal(rawValue: SIGPIPE)
    package static let term = Signal(rawValue: SIGTERM)
    package static let chld = Signal(rawValue: SIGCHLD)
    package static let cont = Signal(rawValue: SIGCONT)
    package static let stop = Signal(rawValue: SIGSTOP)
    package static let winch = Signal(rawValue: SIGWINCH)

    private static let names: [(String, CInt)] = [
        ("HUP", SIGHUP), ("INT", SIGINT), ("QUIT", SIGQUIT), ("ILL", SIGILL), ("TRAP", SIGTRAP), ("ABRT", SIGABRT),
        ("BUS", SIGBUS), ("FPE", SIGFPE), ("KILL", SIGKILL), ("USR1", SIGUSR1), ("SEGV", SIGSEGV), ("USR2", SIGUSR2),
        ("PIPE", SIGPIPE), ("ALRM", SIGALRM), ("TERM", SIGTERM), ("CHLD", SIGCHLD), ("CONT", SIGCONT),
        ("STOP", SIGSTOP), ("TSTP", SIGTSTP), ("TTIN", SIGTTIN), ("TTOU", SIGTTOU), ("URG", SIGURG), ("XCPU", SIGXCPU),
        ("XFSZ", SIGXFSZ), ("VTALRM", SIGVTALRM), ("PROF", SIGPROF), ("WINCH", SIGWINCH), ("IO", SIGIO),
        ("PWR", SIGPWR), ("SYS", SIGSYS),
    ]

    /// Reads "TERM", "SIGTERM" or "15".
    package init?(name: String) {
        let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        if let known = Self.names.first(where: { $0.0 == short }) {
            self.init(rawValue: known.1)
        } else if let number = CInt(name), (1...64).contains(number) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }

    /// "SIGTERM"; "signal 40" for those without a name.
    package var description: String {
        Self.names.first { $0.1 == rawValue }.map { "SIG\($0.0)" } ?? "signal \(rawValue)"
    }

    /// From now on a write to a closed pipe or socket is an error, not a death. Inherited through exec, so `spawn` sets
    /// it back for children. The corresponding C function is `signal`.
    package static func ignorePipe() { _ = Glibc.signal(SIGPIPE, SIG_IGN) }
}

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
