import Glibc

/// The terminal on which this process was started, if the end of that terminal is to be its own.
package struct Terminal: Sendable {
    /// One of the standard streams.
    private let number: CInt

    /// The terminal of a standard stream; nil: there is none, or who started the process has it ignore SIGHUP, as nohup(1)
    /// does, so that it outlives the terminal.
    package static func ofStart() -> Terminal? {
        guard !ignoresHangUp, let number = [2, 1, 0].first(where: { isatty($0) == 1 }) else { return nil }
        return Terminal(number: number)
    }

    /// True once its window, or the connection behind it, was closed. The corresponding C function is `poll`.
    package var isClosed: Bool {
        var entry = pollfd(fd: number, events: 0, revents: 0)
        return unsafe poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    /// Source: proc_pid_status(5), SigIgn: a bit for each signal, the lowest for signal 1, which is SIGHUP.
    private static var ignoresHangUp: Bool {
        guard let content = try? Files.read("/proc/self/status") else { return false }
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
        let mask = lines.first { $0.hasPrefix("SigIgn:") }?.split(whereSeparator: \.isWhitespace).last
        return mask.flatMap { UInt64($0, radix: 16) }.map { $0 & 1 == 1 } ?? false
    }
}
