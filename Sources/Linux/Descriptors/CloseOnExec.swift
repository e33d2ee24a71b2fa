import CLinux
import Glibc

/// Whether a descriptor, lent, is closed when this process becomes another program. The corresponding C function is
/// `fcntl` with F_SETFD.
package func setCloseOnExec(_ number: CInt, _ isClosed: Bool) throws(SystemError) {
    _ = try system("fcntl", "descriptor \(number)") { fcntl(number, F_SETFD, isClosed ? FD_CLOEXEC : 0) }
}

/// Whether this process has a descriptor of this number. The corresponding C function is `fcntl` with F_GETFD.
package func isOpen(_ number: CInt) -> Bool {
    if case .success = uninterrupted({ fcntl(number, F_GETFD) }) { true } else { false }
}
