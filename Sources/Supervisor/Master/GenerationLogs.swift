internal import Linux

/// What the workers print: a file a generation, written by them without help and kept below a size.
///
/// The kernel says once when a file is written to; soon after its size is looked at, and the kernel is asked again. So
/// workers that are silent cost nothing, and those that are not cost a few looks a second; the faster a file grows, the
/// sooner it is looked at. A log is watched for as long as it lies there, since whoever a worker has left may still write
/// to it.
final class GenerationLogs {
    /// How soon a file is looked at that was written to.
    private static let shortestDelay = Duration.milliseconds(10)
    private static let longestDelay = Duration.milliseconds(100)

    private let directory: StateDirectory
    /// So large may a log become, in bytes.
    var limit: Int
    private let inotify: Inotify
    private var files: [GenerationNumber: LogWriter] = [:]
    private var watches: [Int32: GenerationNumber] = [:]
    private var due: [GenerationNumber: Instant] = [:]

    /// Keeps each log below `limit` bytes.
    init(_ directory: StateDirectory, limit: Int) throws(SystemError) {
        self.directory = directory
        self.limit = limit
        inotify = try Inotify()
    }

    /// The descriptor's number, lent, for epoll.
    var number: CInt { inotify.number }

    /// When a log is to be looked at.
    var nextDeadline: Instant? { due.values.min() }

    /// The generation's log, lent, to be a worker's standard output. Made where there is none.
    func descriptor(of generation: GenerationNumber) throws(SystemError) -> CInt {
        if let file = files[generation] {
            try file.renewIfGone(keeping: limit / 2)
            return file.number
        }
        let file = try LogWriter(directory.log(of: generation))
        files[generation] = file
        watch(file, generation)
        return file.number
    }

    /// The same, for workers of another group than the master's: programs that open their standard error anew, by
    /// /proc/self/fd/2 or /dev/stderr, must be allowed to. They may write, not read.
    func descriptor(of generation: GenerationNumber, for group: UInt32?) throws(SystemError) -> CInt {
        let number = try descriptor(of: generation)
        if let group { try files[generation]?.admit(group) }
        return number
    }

    private func watch(_ file: LogWriter, _ generation: GenerationNumber) {
        for number in file.numbers {
            // By the descriptor: the file may have no name any more.
            if let watch = try? inotify.watchOnce("/proc/self/fd/\(number)") { watches[watch] = generation }
        }
    }

    /// Writes into a generation's log; what cannot be written is lost.
    func append(_ text: String, to generation: GenerationNumber) {
        guard (try? descriptor(of: generation)) != nil else { return }
        files[generation]?.write(Array(text.utf8))
    }

    /// Takes up what the kernel said.
    func handleReady(at now: Instant) {
        for watch in (try? inotify.read()) ?? [] {
            guard let generation = watches.removeValue(forKey: watch) else { continue }
            let delay = files[generation]?.delay(limit, Self.shortestDelay...Self.longestDelay) ?? Self.longestDelay
            due[generation] = due[generation].earlier(now + delay)
        }
    }

    /// Looks at the logs whose time has come.
    func expire(at now: Instant) {
        for (generation, instant) in due where instant <= now {
            due[generation] = nil
            look(at: generation, now)
        }
    }

    private func look(at generation: GenerationNumber, _ now: Instant) {
        // (Of a generation that is gone the file is opened for the look only.)
        guard let file = files[generation] ?? LogWriter(existing: directory.log(of: generation)) else { return }
        file.look(limit, at: now)
        watch(file, generation)
    }

    /// Puts the file in bounds, lets go of it, and goes on watching what is still written to it.
    func close(_ generation: GenerationNumber) {
        guard let file = files.removeValue(forKey: generation) else { return }
        file.keep(below: limit)
        watch(file, generation)
    }

    /// Takes up the logs that earlier masters left, and takes away what their hooks and tests had printed, but for the
    /// files of those that still run.
    func begin(keeping used: Set<String>, at now: Instant) {
        for name in (try? Files.list(directory.logs)) ?? [] {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int(parts[0]) else { continue }
            let generation = GenerationNumber(rawValue: number)
            if parts[1] == "log" {
                if files[generation] == nil { look(at: generation, now) }
            } else if directory.isCommandOutput(name), !used.contains("\(directory.logs)/\(name)") {
                try? Files.unlink("\(directory.logs)/\(name)")
            }
        }
    }

    /// The end of a generation's log, in lines, for a person who wants to know why.
    func lines(of generation: GenerationNumber) -> [Substring] {
        let bytes = (try? Files.tail(directory.log(of: generation), count: 256 << 10)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    /// Removes the logs of all but the newest `count` generations, and never one that is open or is written to: that one
    /// would only be hidden, and grow unseen.
    func prune(keeping count: Int) {
        let numbers = ((try? Files.list(directory.logs)) ?? [])
            .compactMap { $0.hasSuffix(".log") ? Int($0.dropLast(4)) : nil }.sorted().dropLast(count)
        for number in numbers where files[GenerationNumber(rawValue: number)] == nil {
            let path = directory.log(of: GenerationNumber(rawValue: number))
            guard let file = try? Files.open(path), !file.hasWriter() else { continue }
            try? Files.unlink(path)
        }
    }
}
