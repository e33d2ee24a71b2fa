internal import DeployCore
internal import FoundationEssentials
internal import Linux

/// A master's state on disk: all that the next one needs if this one is killed.
struct SavedState: Codable, Equatable, Sendable {
    /// The boot of the machine that it belongs to: see ``ThisProcess/bootID``; nil: unknown.
    var boot: String?
    var machine: DurableState
    /// The orders for the generations' workers.
    var releases: [GenerationNumber: RunnableRelease] = [:]
    /// The assignment of lanes, by the listener's name.
    var lanes: [String: LanePool] = [:]
    /// The listeners' addresses as the configuration has them, by name; nil: not known.
    var addresses: [String: String]?
    /// The listeners that are no longer in the configuration; nil: none, or from before they were written down.
    var leaving: [LeavingListener]?
    /// The workers that take connections from their generation's hand-over socket; nil: not known.
    var takers: Set<WorkerNumber>?
    /// Those of them that take connections that speak TLS, too; nil: none, or from before there were any.
    var tlsTakers: Set<WorkerNumber>?

    /// The workers that spare connections while users are kept out; nil: not known.
    var sparers: Set<WorkerNumber>?
    /// The worker that answers users during maintenance; nil: there is none.
    var maintenance: SavedMaintenance?

    /// The jobs that are started by the clock; nil: none, or from before there were any.
    var jobs: [ScheduledJob]?

    /// The configuration's file, empty for the defaults; nil: not known.
    var file: String?

    /// The place where it was written; nil for an earlier version.
    var home: StateHome?

    /// The version of the messages in which a worker takes connections; 0: it takes none.
    func handoverVersion(of worker: WorkerNumber) -> Int {
        guard takers?.contains(worker) == true else { return 0 }
        return tlsTakers?.contains(worker) == true ? 2 : 1
    }

    /// Its pids and instants are of this boot of the machine. Of an earlier boot only the numbering counts.
    var isOfThisBoot: Bool { boot == nil || boot == ThisProcess.bootID }
}

/// The state file: a line of JSON for each state, of which the last whole one holds.
///
/// A line more costs a fiftieth of what it costs to put another file in its place, and the cut-over waits for it. The
/// file is begun anew, in one step, when it has grown to ``limit``, or as large as the process may write, and by each
/// master's first write.
final class StateFile {
    private static let version = 1
    /// The size beyond which the file is begun anew, in bytes.
    static let limit = 1 << 20
    let path: String
    private var file: FileDescriptor?
    /// The size of this file's lines, in bytes.
    private var size = 0

    /// The state file at `path`, which is not touched before the first write.
    init(path: String) {
        self.path = path
    }

    private struct Content: Codable {
        var version: Int
        var state: SavedState
    }

    /// Writes the state down; after an error the file says what it said before. With `synchronously` it survives a power
    /// cut when the call returns; without, it survives this process, which is all that matters for pids and stages: no
    /// process survives a power cut.
    ///
    /// - Parameter ahead: so many lines more must find room. What is begun then can be written down too: a full disk may
    ///   have room for one line in the file's last block.
    func write(_ state: SavedState, synchronously: Bool, ahead: Int = 0) throws(SystemError) {
        let line = Self.line(state)
        let trial = Array(repeating: line, count: ahead).flatMap(\.self)
        do throws(SystemError) {
            guard isInPlace, size + line.count <= Self.limit else { return try begin(with: line, trial) }
            try append(line, trial, synchronously: synchronously)
        } catch {
            // A limit of the process for the size of files (ulimit -f): one line may be below it, and then so is each other.
            guard error.errno == .fileTooLarge else { throw error }
            try begin(with: line, [])
        }
    }

    private static func line(_ state: SavedState) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(Content(version: version, state: state)) else {
            fatalError("the state cannot be encoded: \(state)")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// The open file is still the one of its name: nobody has removed or replaced it.
    private var isInPlace: Bool {
        guard let open = try? file?.status(), let named = try? Files.status(path) else { return false }
        return open.inode == named.inode && open.device == named.device
    }

    private func begin(with line: [UInt8], _ trial: [UInt8]) throws(SystemError) {
        file = nil
        try Files.replace(path, with: line + trial)
        file = try Files.openForAppending(path, mode: 0o600)
        size = line.count
        // (Left there it says the same once more.)
        if !trial.isEmpty { try? file?.truncate(to: size) }
    }

    private func append(_ line: [UInt8], _ trial: [UInt8], synchronously: Bool) throws(SystemError) {
        do throws(SystemError) {
            try file?.writeAll(line + trial)
            if !trial.isEmpty { try file?.truncate(to: size + line.count) }
            if synchronously { try file?.synchronizeData() }
            size += line.count
        } catch {
            try? file?.truncate(to: size)
            throw SystemError(call: error.call, errno: error.errno, subject: path)
        }
    }

    /// What an earlier master left; nil when there is no file. A file that cannot be understood is an error with words
    /// for a person: it is not to be thrown away in silence. A line at the end that its writer did not live to end, or that
    /// did not reach the disk whole before the power went, is passed over: nothing that could still matter was done for it.
    /// So is a file that is empty, or all zeros, as some file systems leave one: there is nothing in it to be lost.
    func read() throws(StateFileError) -> SavedState? {
        let bytes: [UInt8]
        do { bytes = try Files.read(path) } catch {
            if error.errno == .notFound { return nil }
            throw StateFileError(reason: error.description)
        }
        guard bytes.contains(where: { $0 != 0 && $0 != UInt8(ascii: "\n") }) else { return nil }
        do {
            let content = try Self.lastWhole(of: bytes)
            guard content.version == Self.version else {
                throw StateFileError(reason: "found version \(content.version), expected \(Self.version)")
            }
            return content.state
        } catch let error as StateFileError {
            throw error
        } catch {
            throw StateFileError(reason: "something that is no state, in \(bytes.count) bytes")
        }
    }

    /// The last line that is whole; the error of the last one, when none is.
    private static func lastWhole(of bytes: [UInt8]) throws -> Content {
        let newline = UInt8(ascii: "\n")
        let end = bytes.lastIndex(of: newline) ?? bytes.startIndex
        let lines = bytes[..<end].split(separator: newline).suffix(maxBadLines + 1)
        var failure: (any Error)?
        for line in lines.reversed() {
            do { return try JSONDecoder().decode(Content.self, from: Data(line)) } catch { failure = failure ?? error }
        }
        throw failure ?? StateFileError(reason: "no whole line")
    }

    /// So many lines at the end may be broken.
    private static let maxBadLines = 16
}

/// Why the state file could not be understood.
struct StateFileError: Error, Equatable {
    let reason: String
}
