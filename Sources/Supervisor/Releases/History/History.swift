internal import FoundationEssentials
package import Linux

/// The deploys with their times, users and outcomes: a file with a line of JSON for each, only ever appended to.
package struct History: Sendable, Equatable {
    /// The path of the file.
    package let path: String
    /// The records, oldest first.
    package private(set) var records: [HistoryRecord]
    /// Lines that could not be read. They stay in the file.
    package private(set) var unreadableLines: Int
    /// The file ends within a line, as after a crash while writing: the next record begins a new one.
    private var endsWithinLine: Bool

    /// The name of the file in the state directory.
    package static let fileName = "history.jsonl"
    /// Beyond this size, some 50,000 deploys, the older half is left out of the file.
    static let maxBytes = 16 << 20
    /// The file's size, in bytes.
    private var size: Int
    /// The way of the site that the file does not know of yet.
    private var move: SiteMove?

    /// Reads the history of a state directory; empty when there is none yet.
    ///
    /// - Throws: why a file that exists cannot be read.
    package static func load(stateDirectory: String) throws(SystemError) -> History {
        let path = Paths.join(stateDirectory, fileName)
        do {
            return History(path: path, content: try Files.read(path, limit: maxBytes))
        } catch  where error.errno == .fileTooLarge {
            // What an earlier version let grow: the newest count, and the next record cuts the file.
            let tail = try Files.tail(path, count: maxBytes)
            let whole = tail.firstIndex(of: UInt8(ascii: "\n")).map { Array(tail[($0 + 1)...]) } ?? []
            var history = History(path: path, content: whole)
            history.size = maxBytes + 1
            return history
        } catch  where error.errno == .notFound {
            return History(path: path, content: [])
        }
    }

    init(path: String, content: [UInt8]) {
        self.path = path
        size = content.count
        let decoder = JSONDecoder()
        let lines = content.split(separator: UInt8(ascii: "\n"))
        records = lines.compactMap { try? decoder.decode(HistoryRecord.self, from: Data($0)) }
        unreadableLines = lines.count - records.count
        endsWithinLine = content.last.map { $0 != UInt8(ascii: "\n") } ?? false
    }

    /// The records of deploys, without those that tell of a hook behind one, of an upgrade, of maintenance, or of what was
    /// removed.
    package var deploys: [HistoryRecord] {
        let others: [HistoryOutcome] = [
            .hookFailed, .upgraded, .pruned, .notRemoved, .maintenanceOn, .maintenanceOff,
        ]
        return records.filter { !others.contains($0.outcome) }
    }

    /// The record that tells that a release was removed; nil: none does.
    package func removal(of release: String) -> HistoryRecord? {
        records.last { $0.removed?.contains(release) == true }
    }

    /// The number for the next record.
    package var nextID: Int { (records.map(\.id).max() ?? 0) + 1 }

    /// Adds a record and waits until the disk has it.
    ///
    /// - Throws: why not; the history here is then as it was, and a part of a line in the file does no harm.
    package mutating func append(_ record: HistoryRecord) throws(SystemError) {
        let line = Self.line(record)
        let separator: [UInt8] = endsWithinLine ? [UInt8(ascii: "\n")] : []
        do {
            try Files.append(path, separator + line, mode: 0o640)
        } catch {
            endsWithinLine = true
            throw error
        }
        endsWithinLine = false
        records.append(record)
        size += separator.count + line.count
        if size > Self.maxBytes { forgetOldest() }
    }

    /// Takes the places of another site for those of this one, in memory: see ``keepPlaces()``.
    mutating func follow(_ move: SiteMove) {
        let moved = records.map { $0.moved(by: move) }
        guard moved != records else { return }
        records = moved
        self.move = move
    }

    /// Has the file name the places that ``follow(_:)`` has found, in one step: from the next state on nothing else tells of
    /// the other site. Lines that cannot be read stay as they are.
    mutating func keepPlaces() throws(SystemError) {
        guard let move else { return }
        let decoder = JSONDecoder()
        let lines = try Files.read(path, limit: Self.maxBytes).split(separator: UInt8(ascii: "\n"))
        let moved = lines.map { line in
            guard let record = try? decoder.decode(HistoryRecord.self, from: Data(line)) else { return Array(line) }
            return Self.line(record.moved(by: move)).dropLast()
        }
        let content = Array(moved.map { $0 + [UInt8(ascii: "\n")] }.joined())
        try Files.replace(path, with: content, mode: 0o640)
        size = content.count
        endsWithinLine = false
        self.move = nil
    }

    /// Leaves the older half out, in one step; when that fails the file stays as it is, and the next record tries again.
    private mutating func forgetOldest() {
        var kept: [[UInt8]] = []
        var bytes = 0
        for record in records.reversed() {
            let line = Self.line(record)
            guard bytes + line.count <= Self.maxBytes / 2 else { break }
            bytes += line.count
            kept.append(line)
        }
        guard (try? Files.replace(path, with: Array(kept.reversed().joined()), mode: 0o640)) != nil else { return }
        records = Array(records.suffix(kept.count))
        size = bytes
        unreadableLines = 0
    }

    /// The record as its line, with the line's end.
    package static func line(_ record: HistoryRecord) -> [UInt8] { JSONLine.bytes(record) }

    /// The releases that were committed and not undone since, in the order in which they came to serve: the last one serves.
    ///
    /// A rollback takes away what it went back over, so that the next rollback goes one further and not forth again.
    package var committedReleases: [String] {
        var stack: [String] = []
        for record in records where record.outcome == .committed {
            if record.verb == "rollback", let place = stack.lastIndex(of: record.to) {
                stack.removeSubrange((place + 1)...)
            } else if stack.last != record.to {
                stack.append(record.to)
            }
        }
        return stack
    }

    /// The release to which a rollback goes: the one that was committed before `release`, as far as `isUsable` says that
    /// it still can be started.
    package func lastGood(before release: String, isUsable: (String) -> Bool = { _ in true }) -> String? {
        committedReleases.last { $0 != release && isUsable($0) }
    }
}
