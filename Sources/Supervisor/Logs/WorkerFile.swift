internal import Linux

/// A file that processes may write to which are not trusted. Each of them may keep the kernel's lock of the file for as long
/// as it likes, so all that takes that lock is waited for only a moment; what is not done then is done when the lock is free.
final class WorkerFile: Sendable {
    /// A file system may take room in pieces of this size, in bytes.
    private static let slack = 1 << 20

    private let file: FileDescriptor
    private let calls = BoundedCalls()
    var number: CInt { file.number }

    init(_ file: consuming FileDescriptor) { self.file = file }

    var isHeldUp: Bool { calls.isHeldUp }

    /// Appends; what cannot be written now is lost.
    func write(_ bytes: [UInt8]) { _ = calls.call { [self] in try? file.writeAll(bytes) } }

    func status() throws(SystemError) -> FileStatus { try file.status() }

    func read(at offset: Int, count: Int) -> [UInt8]? {
        calls.call { [self] in try? file.read(at: offset, count: count) } ?? nil
    }

    /// Lets a group write to it. EBUSY: somebody keeps its lock.
    func admit(_ group: UInt32) throws(SystemError) {
        let status = try file.status()
        guard status.gid != group || status.mode != Self.admitting else { return }
        let answer = calls.call { [self] () -> SystemError? in
            do throws(SystemError) { try file.setGroup(group, mode: Self.admitting) } catch { return error }
            return nil
        }
        guard let answer else { throw SystemError(call: "fchmod", errno: .busy) }
        if let failure = answer { throw failure }
    }

    private static let admitting: UInt32 = 0o620

    /// In bytes; 0 when it cannot be told.
    var size: Int { (try? file.status().size) ?? 0 }
    var links: Int { (try? file.status().links) ?? 0 }

    /// Cuts the older half off a file that has grown beyond `limit` bytes.
    func keep(below limit: Int) throws(SystemError) {
        let status = try file.status()
        guard status.size > limit || status.allocated > max(status.size, limit) + Self.slack else { return }
        _ = calls.call { [self] in try? cut(limit) }
    }

    private func cut(_ limit: Int) throws(SystemError) {
        let status = try file.status()
        if status.size > limit { try file.dropFront(keeping: limit / 2, of: status.size) }
        guard status.allocated > max(status.size, limit) + Self.slack else { return }
        // Room was taken behind the end (fallocate), which a cut at the front may have moved. The kernel gives it back when
        // the file becomes shorter.
        let end = try file.status().size
        try file.truncate(to: end + 1)
        try file.truncate(to: end)
    }

    /// Empties it; false when that could not be done.
    func empty() -> Bool { calls.call { [self] in (try? file.truncate(to: 0)) != nil } ?? false }

    /// Moves the end of the file to another, and empties it.
    func move(to other: WorkerFile, atMost count: Int) {
        let size = size
        guard size > 0, let bytes = read(at: max(0, size - count), count: min(size, count)) else { return }
        other.write(bytes)
        _ = empty()
    }
}
