import CLinux
import Glibc
internal import Synchronization

/// Set where lines are rather lost than waited for.
private let neverWaits = Atomic<Bool>(false)
private let lostLines = Atomic<Int>(0)
/// Why standard output took no more, as an error number; 0: it has taken all.
private let outputFailure = Atomic<CInt>(0)

/// Standard error, for messages to a person: one `write` a line, so that lines of several processes do not mix.
package enum StandardError {
    /// From now on no line waits for a reader who has stopped reading, whatever standard error is: such lines are lost, and
    /// their number is told when he reads again. For a process that must not stand still.
    package static func neverWait() { neverWaits.store(true, ordering: .relaxed) }

    /// Writes `text` and a newline: something failed.
    package static func line(_ text: String) { line(text, .error) }

    /// Writes `text` and a newline, for systemd's journal with how much it matters. What a non-blocking stream does not
    /// take at once is lost: a reader that has stopped reading must not stop the writer, and nobody is left to be told.
    package static func line(_ text: String, _ urgency: Urgency) {
        // What is in it may be somebody else's words. Every line but the first stands back, so that none passes for ours.
        let lines = ForeignText.lines(text).enumerated().map { $0 == 0 || $1.hasPrefix("  ") ? $1 : "  \($1)" }
        // The journal makes an entry of each line.
        let prefix = Journal.takesStandardError ? urgency.prefix : ""
        let text = lines.map { "\(prefix)\($0)\n" }.joined()
        guard neverWaits.load(ordering: .relaxed) else { return _ = writeAll(2, text, waits: false) }
        let lost = lostLines.exchange(0, ordering: .relaxed)
        let notice = lost == 0 ? "" : "deployd: \(lost) lines before this one were not read, and are lost\n"
        if !writeWithoutWaiting(2, Array((notice + text).utf8)) {
            lostLines.add(lost + 1, ordering: .relaxed)
        }
    }

    /// True if a person looks at it. The corresponding C function is `isatty`.
    package static var isTerminal: Bool { isatty(2) == 1 }
}

/// Standard output, unbuffered.
package enum StandardOutput {
    /// Writes all of `text`, and waits for a slow reader; false when the reader is gone.
    @discardableResult
    package static func write(_ text: String) -> Bool {
        guard let errno = writeAll(1, text, waits: true) else { return true }
        outputFailure.store(errno.rawValue, ordering: .relaxed)
        return false
    }

    /// Why it did not take all that was written: a full disk, for one. A reader who has left is no failure: he has seen what
    /// he wanted.
    package static var failure: SystemError? {
        let errno = Errno(rawValue: outputFailure.load(ordering: .relaxed))
        guard errno.rawValue != 0, errno != .brokenPipe else { return nil }
        return SystemError(call: "write", errno: errno, subject: "standard output")
    }

    /// True if a person looks at it. The corresponding C function is `isatty`.
    package static var isTerminal: Bool { isatty(1) == 1 }

    /// The size of the terminal in characters; nil if there is none. Source: ioctl_tty(2), TIOCGWINSZ.
    package static func terminalSize() -> (columns: Int, rows: Int)? {
        var columns: UInt16 = 0
        var rows: UInt16 = 0
        guard unsafe clinux_terminal_size(1, &columns, &rows) == 0 else { return nil }
        return (Int(columns), Int(rows))
    }
}

/// Nil: all was written; else why not.
private func writeAll(_ descriptor: CInt, _ text: String, waits: Bool) -> Errno? {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let written = uninterrupted {
            unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
        switch written {
        case .success(let count): rest = rest.dropFirst(count)
        case .failure(.wouldBlock) where waits:
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe poll(&wait, 1, 1000)
        case .failure(let errno): return errno
        }
    }
    return nil
}

/// Writes what the stream takes at once: a socket by MSG_DONTWAIT, anything else when poll(2) says that it takes something,
/// and then no more than PIPE_BUF. False: it did not take all. Source: pipe(7), unix(7).
private func writeWithoutWaiting(_ descriptor: CInt, _ bytes: [UInt8]) -> Bool {
    let atOnce = 4096
    // MSG_DONTWAIT and MSG_NOSIGNAL.
    let dontWait: CInt = 0x40 | 0x4000
    var rest = bytes[...]
    while !rest.isEmpty {
        let part = Array(rest.prefix(atOnce))
        var written = uninterrupted {
            unsafe part.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, dontWait)
            }
        }
        if case .failure(Errno(rawValue: ENOTSOCK)) = written {
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&wait, 1, 0) == 1, wait.revents & Int16(POLLOUT) != 0 else { return false }
            written = uninterrupted {
                unsafe part.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            }
        }
        guard case .success(let count) = written else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

/// What another program, or a file, gives this one.
package enum StandardInput {
    /// Whether a person types it.
    package static var isTerminal: Bool { isatty(0) == 1 }

    /// Reads once over the front of a buffer, and waits for something if need be. Returns how many bytes came; 0 at the end.
    /// The corresponding C function is `read`.
    package static func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
        try system("read", "standard input") {
            unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(0, $0.baseAddress, $0.count) }
        }
    }
}
