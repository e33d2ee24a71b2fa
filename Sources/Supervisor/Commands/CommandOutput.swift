internal import DeployCore
internal import Linux

/// What a hook or a test prints: a file of its own, which it writes without help and the master reads as it grows.
///
/// It is a file and no pipe, so that a hook can go on when its master was killed. What is read is copied to the
/// generation's log, and of a hook shown to the deploy's client; the file goes when the command is over.
final class CommandOutput {
    /// Read at a time, in bytes: a command that prints much does not hold up the loop.
    private static let chunk = 64 << 10
    /// A file that was read to its end and is larger is emptied, in bytes.
    private static let largest = 1 << 20
    /// A command that prints faster than it is read loses what is beyond so many bytes.
    private static let longestBacklog = 8 << 20
    /// A line without an end is cut after so many bytes.
    private static let longestLine = 8 << 10

    let path: String
    private let file: WorkerFile
    private let inotify: Inotify
    private var offset = 0
    private var begun: [UInt8] = []
    /// The file has more than one read took.
    private var hasMore = false
    /// The time of the next attempt at a file whose lock somebody keeps.
    private var triesAgainAt: Instant?

    /// The next read without a write before it: at once, or when the lock may be free.
    var nextDeadline: Instant? { hasMore ? Instant(sinceBoot: .zero) : triesAgainAt }

    /// The number to wait on, lent, for epoll.
    var number: CInt { inotify.number }
    /// The file's number, lent, to be the command's standard output.
    var fileNumber: CInt { file.number }

    /// Opens the file; `isNew`: what an earlier command left is not wanted. `group`: whose program it is, which may open its
    /// standard error anew; nil: the master's own.
    init(_ path: String, isNew: Bool, group: UInt32? = nil) throws(SystemError) {
        if isNew {
            Self.remove(path)
            try Files.makeDirectory(Files.directory(of: path), mode: 0o700)
        }
        self.path = path
        file = WorkerFile(try Files.openForAppending(path))
        if let group { try file.admit(group) }
        inotify = try Inotify()
        _ = try inotify.watchOnce(path)
    }

    /// The lines that came since the last call, at most a chunk of them.
    func lines() -> [String] {
        _ = try? inotify.read()
        // Asked again before it is read: what comes while it is read is told.
        _ = try? inotify.watchOnce(path)
        let notice = leaveOut()
        triesAgainAt = nil
        guard let bytes = file.read(at: offset, count: Self.chunk) else {
            hasMore = false
            triesAgainAt = EventLoop.now() + EventLoop.pauseLength
            return notice
        }
        offset += bytes.count
        hasMore = bytes.count == Self.chunk
        if !hasMore, offset > Self.largest, file.empty() { offset = 0 }
        return notice + complete(bytes)
    }

    /// Empties a file that grows faster than it is read; says so in a line.
    private func leaveOut() -> [String] {
        // (The command may also have cut it, or written far behind its end.)
        guard let size = try? file.status().size else { return [] }
        if size < offset { offset = 0 }
        guard size - offset > Self.longestBacklog else { return [] }
        let left = size - offset
        guard file.empty() else { return [] }
        offset = 0
        begun = []
        return ["[deployd: \(left) bytes were printed faster than they were read, and are left out]"]
    }

    private func complete(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte != UInt8(ascii: "\n") { begun.append(byte) }
            guard byte == UInt8(ascii: "\n") || begun.count >= Self.longestLine else { continue }
            lines.append(String(decoding: begun, as: UTF8.self))
            begun = []
        }
        return lines
    }

    /// All that is left, for a command that is over: so many chunks at most. Takes the file away.
    func rest() -> [String] {
        var all: [String] = []
        for _ in 0..<16 {
            all += lines()
            if !hasMore { break }
        }
        if !begun.isEmpty { all.append(String(decoding: begun, as: UTF8.self)) }
        Self.remove(path)
        return all
    }

    /// Takes the file away, and its directory. Who still writes to it may keep it from being removed for as long as he likes.
    static func remove(_ path: String) {
        _ = BoundedCalls().call {
            do { try Files.unlink(path) } catch { return }
            try? Files.removeOne(Files.directory(of: path))
        }
    }
}
