import Glibc

/// Waits for one descriptor without an epoll: for the short lives of commands.
package enum Poll {
    /// Whether the descriptor can be read (or is at its end) within `timeout`; nil waits for ever. An interrupting
    /// signal ends the wait with false. The corresponding C function is `poll`.
    package static func readable(_ number: CInt, timeout: Duration?) throws(SystemError) -> Bool {
        try wait([(number, Int16(POLLIN))], timeout).first ?? false
    }

    /// Whether the descriptor can be written within `timeout`.
    package static func writable(_ number: CInt, timeout: Duration?) throws(SystemError) -> Bool {
        try wait([(number, Int16(POLLOUT))], timeout).first ?? false
    }

    /// Which of the descriptors can be read within `timeout`, in their order.
    package static func readable(anyOf numbers: [CInt], timeout: Duration?) throws(SystemError) -> [Bool] {
        try wait(numbers.map { ($0, Int16(POLLIN)) }, timeout)
    }

    /// Which of the descriptors can be read, and whether `writable` takes something (or failed), within `timeout`.
    package static func ready(
        reading numbers: [CInt], writing writable: CInt?, timeout: Duration?
    ) throws(SystemError) -> (readable: [Bool], isWritable: Bool) {
        let wanted = numbers.map { ($0, Int16(POLLIN)) } + (writable.map { [($0, Int16(POLLOUT))] } ?? [])
        let found = try wait(wanted, timeout)
        return (Array(found.prefix(numbers.count)), writable != nil && found.last == true)
    }

    private static func wait(_ wanted: [(CInt, Int16)], _ timeout: Duration?) throws(SystemError) -> [Bool] {
        var entries = wanted.map { pollfd(fd: $0.0, events: $0.1, revents: 0) }
        let milliseconds = timeout.map { CInt(clamping: max(0, $0.milliseconds)) } ?? -1
        let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        let errno = Errno.current
        if count < 0 && errno != .interrupted { throw SystemError(call: "poll", errno: errno) }
        return entries.map { count > 0 && $0.revents != 0 }
    }
}
