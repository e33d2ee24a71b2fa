internal import Linux

/// Collects the lines of the access log and writes many at a time. Belongs to the loop's thread, which it never holds up:
/// what a full pipe does not take waits, up to a limit, and is dropped beyond it, which is said.
final class AccessLogWriter {
    /// Written when so much has come together, in bytes, or after `interval`.
    private static let batch = 32 << 10
    /// The most that waits, in bytes.
    private static let limit = 1 << 20
    /// Milliseconds from a line to its writing, at most.
    private static let interval: Int64 = 1000
    /// Bytes that a pipe that is ready takes without waiting (PIPE_BUF, pipe(7)).
    private static let pipePiece = 4096

    private let format: AccessLog.Format
    private let path: String?
    private var file: FileDescriptor
    private var identity: FileStatus?
    private let isRegular: Bool
    private var lines: [UInt8] = []
    private var dropped = 0
    private var seconds = 0
    private var secondsAt: Int64?
    /// The next write, in milliseconds of the monotonic clock; nil if nothing waits.
    private(set) var deadline: Int64?

    init(_ log: AccessLog) throws(SystemError) {
        format = log.format
        path = log.path.map(Application.path)
        let opened = if let path { try Files.openStreamForAppending(path) } else { try Self.output() }
        let status = try opened.status()
        identity = status
        isRegular = status.kind == .file
        file = opened
    }

    private static func output() throws(SystemError) -> FileDescriptor {
        let output = FileDescriptor(owning: 1)
        let copy = Result { () throws(SystemError) in try output.duplicate().release() }
        _ = output.release()
        return FileDescriptor(owning: try copy.get())
    }

    /// Notes an answer; `now` in milliseconds of the monotonic clock.
    func note(_ request: LoggedRequest?, _ answer: LoggedAnswer, now: Int64) {
        guard lines.count < Self.limit else { return dropped += 1 }
        if secondsAt.map({ now - $0 >= 250 }) ?? true {
            seconds = Int(WallClock.now().components.seconds)
            secondsAt = now
        }
        AccessLine.append(format, request, answer, seconds: seconds, to: &lines)
        if deadline == nil { deadline = now + Self.interval }
        if lines.count >= Self.batch { write(at: now) }
    }

    func turn(at now: Int64) {
        guard let deadline, deadline <= now else { return }
        reopen()
        write(at: now)
    }

    /// Writes all that can be written, for good.
    func close() {
        while !lines.isEmpty, writePiece() {}
        lines = []
    }

    private func write(at now: Int64) {
        while !lines.isEmpty, writePiece() {}
        if lines.isEmpty, dropped > 0 {
            StandardError.line("WebWorker: the access log was not taken: \(dropped) lines were dropped")
            dropped = 0
        }
        deadline = lines.isEmpty ? nil : now + Self.interval
    }

    /// Writes a piece; false when no more is taken now.
    private func writePiece() -> Bool {
        if isRegular {
            // A disk that is full: what cannot be written is lost, and said once.
            if (try? file.writeAll(lines)) == nil { dropped += 1 }
            lines.removeAll(keepingCapacity: true)
            return true
        }
        guard (try? Poll.writable(file.number, timeout: .zero)) == true else { return false }
        let piece = Array(lines.prefix(Self.pipePiece))
        guard (try? file.writeAll(piece)) != nil else {
            lines = []
            return false
        }
        lines.removeFirst(piece.count)
        return true
    }

    /// A file that was moved away, by logrotate for instance, is made anew.
    private func reopen() {
        guard let path, isRegular else { return }
        if let now = try? Files.status(path), now.inode == identity?.inode, now.device == identity?.device { return }
        guard let opened = try? Files.openForAppending(path) else { return }
        identity = try? opened.status()
        file = opened
    }
}
