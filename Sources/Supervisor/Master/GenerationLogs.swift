internal import Linux

/// What the workers print: a file a generation, written by them without help and kept below a size.
///
/// The kernel says once when a file is written to; a second later its size is looked at, and the kernel is asked again.
/// So workers that are silent cost nothing, and those that are not cost one look a second.
final class GenerationLogs {
    private static let lookDelay = Duration.seconds(1)

    private let directory: StateDirectory
    /// So large may a log become, in bytes.
    var limit: Int
    private let inotify: Inotify
    private var files: [GenerationNumber: FileDescriptorBox] = [:]
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
        if let file = files[generation] { return file.number }
        let path = directory.log(of: generation)
        let file = FileDescriptorBox(try Files.openForAppending(path))
        files[generation] = file
        watches[try inotify.watchOnce(path)] = generation
        return file.number
    }

    /// The same, for workers of another group than the master's: programs that open their standard error anew, by
    /// /proc/self/fd/2 or /dev/stderr, must be allowed to. They may write, not read.
    func descriptor(of generation: GenerationNumber, for group: UInt32?) throws(SystemError) -> CInt {
        let number = try descriptor(of: generation)
        if let group { try files[generation]?.admit(group) }
        return number
    }

    /// Writes into a generation's log; what cannot be written is lost.
    func append(_ text: String, to generation: GenerationNumber) {
        guard (try? descriptor(of: generation)) != nil else { return }
        files[generation]?.write(Array(text.utf8))
    }

    /// Takes up what the kernel said.
    func handleReady(at now: Instant) {
        for watch in (try? inotify.read()) ?? [] {
            guard let generation = watches.removeValue(forKey: watch), files[generation] != nil else { continue }
            due[generation] = now + Self.lookDelay
        }
    }

    /// Looks at the logs whose time has come.
    func expire(at now: Instant) {
        for (generation, instant) in due where instant <= now {
            due[generation] = nil
            guard let file = files[generation] else { continue }
            try? file.keep(below: limit)
            if let watch = try? inotify.watchOnce(directory.log(of: generation)) { watches[watch] = generation }
        }
    }

    /// Stops looking at a generation's log; the file stays.
    func close(_ generation: GenerationNumber) {
        for (watch, watched) in watches where watched == generation {
            inotify.stop(watch)
            watches[watch] = nil
        }
        due[generation] = nil
        files[generation] = nil
    }

    /// The end of a generation's log, in lines, for a person who wants to know why.
    func lines(of generation: GenerationNumber) -> [Substring] {
        let bytes = (try? Files.tail(directory.log(of: generation), count: 256 << 10)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    /// Removes the logs of all but the newest `count` generations, and never one that is open.
    func prune(keeping count: Int) {
        let numbers = ((try? Files.list(directory.logs)) ?? [])
            .compactMap { $0.hasSuffix(".log") ? Int($0.dropLast(4)) : nil }.sorted().dropLast(count)
        for number in numbers where files[GenerationNumber(rawValue: number)] == nil {
            try? Files.unlink(directory.log(of: GenerationNumber(rawValue: number)))
        }
    }
}

/// A descriptor that stands in a collection.
final class FileDescriptorBox {
    private let file: FileDescriptor
    var number: CInt { file.number }

    init(_ file: consuming FileDescriptor) { self.file = file }

    func write(_ bytes: [UInt8]) { try? file.writeAll(bytes) }

    func admit(_ group: UInt32) throws(SystemError) { try file.setGroup(group, mode: 0o620) }

    /// Cuts the older half off a file that has grown beyond `limit` bytes.
    func keep(below limit: Int) throws(SystemError) {
        let size = try file.status().size
        if size > limit { try file.dropFront(keeping: limit / 2, of: size) }
    }
}
