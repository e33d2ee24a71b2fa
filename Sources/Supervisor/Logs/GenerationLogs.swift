internal import DeployCore
internal import Linux

/// What the workers print: a file a generation and kind of process, written by them without help and kept below a size.
///
/// The kernel says once when a file is written to; soon after its size is looked at, and the kernel is asked again. So
/// workers that are silent cost nothing, and those that are not cost a few looks a second; the faster a file grows, the
/// sooner it is looked at. A log is watched for as long as it lies there, since whoever a worker has left may still write
/// to it.
final class GenerationLogs {
    /// The shortest time from a write to the look at the file.
    private static let shortestDelay = Duration.milliseconds(10)
    private static let longestDelay = Duration.milliseconds(100)

    private let directory: StateDirectory
    /// So large may a log become, in bytes.
    var limit: Int
    private let inotify: Inotify
    private var files: [LogName: LogWriter] = [:]
    private var watches: [Int32: LogName] = [:]
    private var due: [LogName: Instant] = [:]

    /// Keeps each log below `limit` bytes.
    init(_ directory: StateDirectory, limit: Int) throws(SystemError) {
        self.directory = directory
        self.limit = limit
        inotify = try Inotify()
    }

    /// The descriptor's number, lent, for epoll.
    var number: CInt { inotify.number }

    var nextDeadline: Instant? { due.values.min() }

    /// The log of a generation's web workers, or of another kind, lent, to be a worker's standard output. Made where there is
    /// none.
    func descriptor(of generation: GenerationNumber, process: String? = nil) throws(SystemError) -> CInt {
        let name = LogName(generation, process)
        if let file = files[name] {
            try file.renewIfGone(keeping: limit / 2)
            return file.number
        }
        let file = try LogWriter(directory.log(name))
        files[name] = file
        watch(file, name)
        return file.number
    }

    /// The same, for workers of another group than the master's: programs that open their standard error anew, by
    /// /proc/self/fd/2 or /dev/stderr, must be allowed to. They may write, not read.
    func descriptor(
        of generation: GenerationNumber, process: String?, for group: UInt32?
    ) throws(SystemError) -> CInt {
        let number = try descriptor(of: generation, process: process)
        if let group { try files[LogName(generation, process)]?.admit(group) }
        return number
    }

    private func watch(_ file: LogWriter, _ name: LogName) {
        for number in file.numbers {
            // By the descriptor: the file may have no name any more.
            if let watch = try? inotify.watchOnce("/proc/self/fd/\(number)") { watches[watch] = name }
        }
    }

    /// Writes into the log of a generation's web workers; what cannot be written is lost.
    func append(_ text: String, to generation: GenerationNumber) {
        guard (try? descriptor(of: generation)) != nil else { return }
        files[LogName(generation)]?.write(Array(text.utf8))
    }

    /// Takes up what the kernel said.
    func handleReady(at now: Instant) {
        for watch in (try? inotify.read()) ?? [] {
            guard let name = watches.removeValue(forKey: watch) else { continue }
            let delay = files[name]?.delay(limit, Self.shortestDelay...Self.longestDelay) ?? Self.longestDelay
            due[name] = due[name].earlier(now + delay)
        }
    }

    /// Looks at the logs whose time has come.
    func expire(at now: Instant) {
        for (name, instant) in due where instant <= now {
            due[name] = nil
            look(at: name, now)
        }
    }

    private func look(at name: LogName, _ now: Instant) {
        // (Of a generation that is gone the file is opened for the look only.)
        guard let file = files[name] ?? LogWriter(existing: directory.log(name)) else { return }
        file.look(limit, at: now)
        file.noteTime()
        watch(file, name)
        lookAgain(at: name, file, now)
    }

    /// A cut takes time, in which more is written; and who writes may keep it from being done.
    private func lookAgain(at name: LogName, _ file: LogWriter, _ now: Instant) {
        if file.isOut(of: limit) { due[name] = due[name].earlier(now + Self.longestDelay) }
    }

    /// Puts the generation's files in bounds, lets go of them, and goes on watching what is still written to them.
    func close(_ generation: GenerationNumber) {
        for (name, file) in files where name.generation == generation {
            files[name] = nil
            file.keep(below: limit)
            watch(file, name)
            lookAgain(at: name, file, EventLoop.now())
        }
    }

    /// Opens the logs that a generation has already, so that their size is looked at again.
    func adopt(_ generation: GenerationNumber) {
        for name in names(of: generation) { _ = try? descriptor(of: generation, process: name.process) }
    }

    /// Takes up the logs that earlier masters left, and takes away what their hooks and tests had printed, but for the
    /// files of those that still run.
    func begin(keeping used: Set<String>, at now: Instant) {
        for file in (try? Files.list(directory.logs)) ?? [] {
            if let name = LogName(file: file) {
                if files[name] == nil { look(at: name, now) }
            } else if directory.isCommandOutput(file), !used.contains("\(directory.logs)/\(file)/output") {
                CommandOutput.remove("\(directory.logs)/\(file)/output")
            }
        }
    }

    /// All that are there.
    private var names: [LogName] { ((try? Files.list(directory.logs)) ?? []).compactMap(LogName.init(file:)) }

    /// The logs that a generation has, the one that was written to last at the end.
    func names(of generation: GenerationNumber) -> [LogName] {
        let own = names.filter { $0.generation == generation }.map { name in
            (name: name, written: (try? Files.status(directory.log(name)).modified) ?? .zero)
        }
        return own.sorted { ($0.written, $0.name) < ($1.written, $1.name) }.map(\.name)
    }

    /// The end of a log, in lines, for a person who wants to know why.
    func lines(of generation: GenerationNumber, process: String? = nil) -> [Substring] {
        let path = directory.log(of: generation, process: process)
        let bytes = BoundedCalls().call { (try? Files.tail(path, count: 256 << 10)) ?? [] } ?? []
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    /// Removes the logs of all but the newest `count` generations, and never one that is open or is written to: that one
    /// would only be hidden, and grow unseen.
    func prune(keeping count: Int) {
        let names = names
        let old = Set(names.map(\.generation)).sorted { $0.rawValue < $1.rawValue }.dropLast(count)
        for name in names where old.contains(name.generation) && files[name] == nil {
            let path = directory.log(name)
            guard let file = try? Files.open(path), !file.hasWriter() else { continue }
            try? Files.unlink(path)
            try? Files.unlink(LogTimes.path(ofLog: path))
        }
    }
}
