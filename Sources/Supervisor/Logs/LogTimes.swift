internal import Linux

/// The times at which a log was written: a file of its name in a directory beside that of the logs, with a line each for a moment and
/// for how long the log was then.
///
/// Workers write to their log by themselves, and what they write need not say when. So the master notes it when it looks at the log,
/// which is soon after each write. What was written while no master ran counts as written when the next one looked.
package struct LogTimes {
    /// A log of this length at this moment.
    package struct Entry: Equatable, Sendable {
        /// In seconds since 1970-01-01 UTC.
        package let moment: Int
        /// In bytes.
        package let length: Int

        package init(moment: Int, length: Int) {
            self.moment = moment
            self.length = length
        }
    }

    /// Beyond so many entries the older half is thinned out.
    static let most = 4096
    /// No file of them is larger, in bytes.
    private static let maxBytes = 1 << 20

    private let path: String
    package private(set) var entries: [Entry]

    /// Those of a log; none where there are none yet, or none that can be read.
    package init(ofLog log: String) {
        path = Self.path(ofLog: log)
        let text = (try? Files.read(path, limit: Self.maxBytes)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        entries = text.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            return numbers.count == 2 ? Entry(moment: numbers[0], length: numbers[1]) : nil
        }
    }

    static func path(ofLog log: String) -> String {
        "\(Files.directory(of: Files.directory(of: log)))/log-times/\(Paths.name(log))"
    }

    /// From where on a log has what was written after a moment; nil: that is not known.
    package func start(after moment: Int) -> Int? {
        guard let first = entries.first else { return nil }
        if moment < first.moment { return 0 }
        return entries.last { $0.moment <= moment }?.length
    }

    /// Takes note of how long the log is.
    mutating func note(_ length: Int, at moment: Int) {
        // Somebody has emptied it.
        if let last = entries.last, length < last.length { replace([]) }
        if length != entries.last?.length { write(Entry(moment: moment, length: length)) }
    }

    /// So many bytes were cut off the log's front.
    mutating func cut(_ count: Int) {
        guard count > 0 else { return }
        let left = entries.map { Entry(moment: $0.moment, length: $0.length - count) }
        // Of those before the front the last says since when what is left was written.
        let gone = left.lastIndex { $0.length <= 0 }
        replace(left.dropFirst(gone ?? 0).map { Entry(moment: $0.moment, length: max(0, $0.length)) })
    }

    private mutating func write(_ entry: Entry) {
        guard entries.count < Self.most else { return replace(thinned + [entry]) }
        entries.append(entry)
        guard let file = open() else { return }
        try? file.writeAll(Array(Self.line(entry).utf8))
    }

    /// One entry a second, and if these are many every other one of the older half.
    private var thinned: [Entry] {
        let own = entries.indices.filter { $0 + 1 == entries.count || entries[$0].moment != entries[$0 + 1].moment }
        guard own.count > Self.most / 2 else { return own.map { entries[$0] } }
        let old = own.count / 2
        return (Array(stride(from: 0, to: old, by: 2)) + Array(old..<own.count)).map { entries[own[$0]] }
    }

    private mutating func replace(_ new: [Entry]) {
        entries = new
        // (It need not outlive a power cut.)
        guard let file = open(), (try? file.truncate(to: 0)) != nil else { return }
        try? file.writeAll(Array(new.map(Self.line).joined().utf8))
    }

    private func open() -> FileDescriptor? {
        if let file = try? Files.openForAppending(path) { return file }
        try? Files.makeDirectory(Files.directory(of: path), mode: 0o750)
        return try? Files.openForAppending(path)
    }

    private static func line(_ entry: Entry) -> String { "\(entry.moment) \(entry.length)\n" }
}
