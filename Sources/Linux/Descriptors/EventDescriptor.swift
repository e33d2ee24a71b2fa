import CLinux
import Glibc

/// A counter that wakes an epoll: how another thread says that there is work. Source: eventfd(2).
package struct EventDescriptor: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// The descriptor's number, lent, for epoll.
    package var number: CInt { descriptor.number }

    /// A counter at 0. The corresponding C function is `eventfd`.
    package init() throws(SystemError) {
        let flags = CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)
        descriptor = FileDescriptor(owning: try system("eventfd") { eventfd(0, flags) })
    }

    /// Wakes whoever waits; from any thread. A counter that is full already wakes.
    package borrowing func signal() {
        let counter = number
        _ = uninterrupted { eventfd_write(counter, 1) }
    }

    /// Sets the counter back to 0.
    package borrowing func drain() {
        let counter = number
        var value: eventfd_t = 0
        _ = uninterrupted { unsafe eventfd_read(counter, &value) }
    }
}
