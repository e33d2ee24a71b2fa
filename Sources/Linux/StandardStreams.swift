import Glibc

/// Standard error, for messages to a person: one `write` a line, so that lines of several processes do not mix.
package enum StandardError {
    /// Writes `text` and a newline: something failed.
    package static func line(_ text: String) { line(text, .error) }

    /// Writes `text` and a newline, for systemd's journal with how much it matters. What a non-blocking stream does not
    /// take at once is lost: a reader that has stopped reading must not stop the writer, and nobody is left to be told.
    package static func line(_ text: String, _ urgency: Urgency) {
        // The journal makes an entry of each line.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let text = Journal.takesStandardError ? lines.map { urgency.prefix + $0 }.joined(separator: "\n") : text
        writeAll(2, text + "\n", waits: false)
    }

    /// Whether a person looks at it. The corresponding C function is `isatty`.
    package static var isTerminal: Bool { isatty(2) == 1 }
}

/// Standard output, unbuffered.
package enum StandardOutput {
    /// Writes all of `text`, and waits for a slow reader; false when the reader is gone.
    @discardableResult
    package static func write(_ text: String) -> Bool { writeAll(1, text, waits: true) }

    /// Whether a person looks at it. The corresponding C function is `isatty`.
    package static var isTerminal: Bool { isatty(1) == 1 }

    /// How many columns the terminal has; nil: it is none, or does not say. Source: TIOCGWINSZ, ioctl_tty(2).
    package static var columns: Int? {
        var size = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

@discardableResult
private func writeAll(_ descriptor: CInt, _ text: String, waits: Bool) -> Bool {
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
        case .failure: return false
        }
    }
    return true
}
