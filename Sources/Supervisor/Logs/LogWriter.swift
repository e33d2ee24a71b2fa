internal import DeployCore
internal import Linux

/// A generation's log as the master has it open: the file that has the name, and those that had it before somebody took
/// it away, to which workers may go on writing.
final class LogWriter {
    /// So many nameless files are taken along; of more, nothing is seen.
    private static let mostHidden = 4

    private let path: String
    private var file: WorkerFile
    private var times: LogTimes
    private var hidden: [WorkerFile] = []
    /// The size after the last look, and when that was.
    private var seen: (size: Int, at: Instant)?
    /// In bytes a second, as of the last look.
    private var rate = 0

    /// Opens the file, or makes it, with the directory around it.
    init(_ path: String) throws(SystemError) {
        self.path = path
        file = WorkerFile(try Self.open(path))
        times = LogTimes(ofLog: path)
    }

    /// Opens a file that is there; nil: it is not, or cannot be had.
    init?(existing path: String) {
        guard Files.kind(path) == .file, let file = try? Files.openForAppending(path) else { return nil }
        self.path = path
        self.file = WorkerFile(file)
        times = LogTimes(ofLog: path)
    }

    private static func open(_ path: String) throws(SystemError) -> FileDescriptor {
        do { return try Files.openForAppending(path) } catch {
            guard error.errno == .notFound else { throw error }
            try Files.makeDirectory(Files.directory(of: path), mode: 0o750)
            return try Files.openForAppending(path)
        }
    }

    /// The file that has the name, lent.
    var number: CInt { file.number }
    /// All that are written to, lent.
    var numbers: [CInt] { [file.number] + hidden.map(\.number) }

    /// True if it needs another look although nobody writes: it could not be cut, or grew meanwhile.
    func isOut(of limit: Int) -> Bool {
        // (A small one is cut when it has a block more.)
        ([file] + hidden).contains { $0.isHeldUp || $0.size > limit + FileDescriptor.frontBlock }
    }

    func write(_ bytes: [UInt8]) { file.write(bytes) }

    /// Lets a group write to it.
    func admit(_ group: UInt32) throws(SystemError) { try file.admit(group) }

    /// The time to the next look, in which it grows by a quarter of its limit at most.
    func delay(_ limit: Int, _ bounds: ClosedRange<Duration>) -> Duration {
        guard rate > 0 else { return bounds.lowerBound }
        return min(max(.microseconds(limit / 4 * 1000 / max(1, rate / 1000)), bounds.lowerBound), bounds.upperBound)
    }

    /// Measures how fast it grows, and puts it back into bounds.
    func look(_ limit: Int, at now: Instant) {
        let size = sizes
        if let seen, now > seen.at {
            rate = max(0, size - seen.size) / max(1, (now - seen.at).milliseconds) * 1000
        }
        try? renewIfGone(keeping: limit / 2)
        takeAlong(limit)
        keep(below: limit)
        seen = (sizes, now)
    }

    private var sizes: Int { file.size + hidden.reduce(0) { $0 + $1.size } }

    /// Cuts the older half off what has grown beyond `limit` bytes.
    func keep(below limit: Int) {
        let before = file.size
        for file in [file] + hidden { try? file.keep(below: limit) }
        // What is cut off are whole blocks, and what was written meanwhile is less than one.
        let block = FileDescriptor.frontBlock
        times.cut((max(0, before - file.size) + block - 1) / block * block)
    }

    /// Takes note of how much has been written by now.
    func noteTime() { times.note(file.size, at: Int(WallClock.now().components.seconds)) }

    /// Makes the file anew when somebody took its name away. What it had (so many bytes at most) comes along, unless it lies
    /// somewhere else now, as after a rotation.
    func renewIfGone(keeping count: Int) throws(SystemError) {
        let old = try file.status()
        if let named = try? Files.status(path, followingLinks: false), named.inode == old.inode,
            named.device == old.device
        {
            return
        }
        let new = WorkerFile(try Self.open(path))
        if old.links == 0 { file.move(to: new, atMost: count) }
        hidden.append(file)
        file = new
        if hidden.count > Self.mostHidden { hidden.removeFirst() }
    }

    /// Brings what workers wrote to a file without a name to where people look.
    private func takeAlong(_ limit: Int) {
        for old in hidden where old.links == 0 { old.move(to: file, atMost: limit / 2) }
    }
}
