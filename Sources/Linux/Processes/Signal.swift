import CLinux
import Glibc

/// A signal. Source: signal(7).
package struct Signal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number itself.
    package let rawValue: CInt

    /// Wraps a number as the kernel has it.
    package init(rawValue: CInt) { self.rawValue = rawValue }

    /// SIGHUP.
    package static let hup = Signal(rawValue: SIGHUP)
    /// SIGINT.
    package static let int = Signal(rawValue: SIGINT)
    /// SIGQUIT.
    package static let quit = Signal(rawValue: SIGQUIT)
    /// SIGILL.
    package static let ill = Signal(rawValue: SIGILL)
    /// SIGABRT.
    package static let abrt = Signal(rawValue: SIGABRT)
    /// SIGKILL.
    package static let kill = Signal(rawValue: SIGKILL)
    /// SIGUSR1.
    package static let usr1 = Signal(rawValue: SIGUSR1)
    /// SIGSEGV.
    package static let segv = Signal(rawValue: SIGSEGV)
    /// SIGUSR2.
    package static let usr2 = Signal(rawValue: SIGUSR2)
    /// SIGPIPE.
    package static let pipe = Signal(rawValue: SIGPIPE)
    /// SIGTERM.
    package static let term = Signal(rawValue: SIGTERM)
    /// SIGCHLD.
    package static let chld = Signal(rawValue: SIGCHLD)
    /// SIGCONT.
    package static let cont = Signal(rawValue: SIGCONT)
    /// SIGSTOP.
    package static let stop = Signal(rawValue: SIGSTOP)

    /// SIGWINCH.
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

    /// From now on a write beyond the limit for the size of files (RLIMIT_FSIZE) is the error EFBIG, not a death. `spawn` sets
    /// it back for children, too. Source: setrlimit(2).
    package static func ignoreFileSizeLimit() { _ = Glibc.signal(SIGXFSZ, SIG_IGN) }

    /// From now on a job in the background may write to its terminal, where `stty tostop` would stop it. `spawn` sets it back
    /// for children, too. Source: credentials(7), stty(1).
    package static func ignoreTerminalOutput() { _ = Glibc.signal(SIGTTOU, SIG_IGN) }
}
