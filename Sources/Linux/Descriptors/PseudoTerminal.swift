import CLinux
import Glibc

/// A terminal for another program: what we write to our end it reads as if it had been typed. Source: pty(7).
package struct PseudoTerminal: ~Copyable {
    /// Our end, non-blocking.
    package let outer: FileDescriptor
    /// The program's end. Our end is at its end once nobody has this one any more.
    package let inner: FileDescriptor

    /// Opens a new one. The corresponding calls are `open` of /dev/ptmx, and `ioctl` with TIOCSPTLCK and TIOCGPTPEER.
    package init() throws(SystemError) {
        let flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK
        let outer = FileDescriptor(owning: try system("open", "/dev/ptmx") { unsafe Glibc.open("/dev/ptmx", flags) })
        let number = outer.number
        _ = try system("ioctl", "a pseudo terminal") { clinux_unlock_terminal(number) }
        inner = FileDescriptor(owning: try system("ioctl", "a pseudo terminal") { clinux_terminal_peer(number) })
        self.outer = outer
    }

    /// Gives both ends away.
    package consuming func ends() -> (outer: CInt, inner: CInt) { (outer.release(), inner.release()) }
}

/// The terminal on which a person types, while another program has what he types: keys are passed on as they are.
package struct RawTerminal: ~Copyable {
    private let number: CInt
    private var before: termios

    /// Switches standard input over until this value goes; nil: it is no terminal, or another job has it. The corresponding
    /// C functions are `tcgetattr`, `cfmakeraw` and `tcsetattr`.
    package static func ofInput() -> RawTerminal? {
        guard isatty(0) == 1, tcgetpgrp(0) == getpgrp() else { return nil }
        var mode = termios()
        guard unsafe tcgetattr(0, &mode) == 0 else { return nil }
        let terminal = RawTerminal(number: 0, before: mode)
        unsafe cfmakeraw(&mode)
        _ = uninterrupted { unsafe tcsetattr(0, TCSADRAIN, &mode) }
        return terminal
    }

    private init(number: CInt, before: termios) {
        self.number = number
        self.before = before
    }

    deinit {
        var mode = before
        let number = number
        _ = uninterrupted { unsafe tcsetattr(number, TCSADRAIN, &mode) }
    }
}

/// The standard streams that are terminals.
package enum StandardTerminals {
    /// Their numbers.
    package static var numbers: [CInt] { [0, 1, 2].filter { isatty($0) == 1 } }

    /// Gives a terminal the size that the first of ours has. Source: ioctl_tty(2), TIOCSWINSZ.
    package static func copySize(to terminal: CInt) {
        var columns: UInt16 = 0
        var rows: UInt16 = 0
        guard let own = numbers.first, unsafe clinux_terminal_size(own, &columns, &rows) == 0 else { return }
        _ = clinux_set_terminal_size(terminal, columns, rows)
    }

    /// Writes all of it to one of them, and waits for it. What a closed one does not take is lost.
    package static func write(_ bytes: some Collection<UInt8>) {
        guard let number = [1, 2, 0].first(where: { isatty($0) == 1 }) else { return }
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let written = uninterrupted {
                unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            }
            switch written {
            case .success(let count): rest = rest.dropFirst(count)
            case .failure(.wouldBlock):
                var wait = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&wait, 1, 1000)
            case .failure: return
            }
        }
    }
}
