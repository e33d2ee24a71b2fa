internal import Linux

/// The output of a generation's workers, read from its file while they write to it.
///
/// The master keeps the file within a bound: it may cut it to nothing, take bytes away at its front, or put another
/// file in its place. So before each read the bytes that were read last are looked for where they should be, and when
/// they are not there, they are searched.
struct LogFile: ~Copyable {
    /// Bytes at the end of what was read that are remembered to find the place again.
    static let anchorBytes = 512
    /// So far back the last lines are looked for, in bytes: a file need not have line feeds.
    private static let longestTail = 1 << 20
    /// Bytes read at once.
    private static let partBytes = 64 * 1024

    private let path: String
    private var file: FileDescriptor
    private var identity: FileIdentity
    private var offset = 0
    private var anchor: [UInt8] = []

    /// Opens the file; nothing is read yet.
    init(_ path: String) throws(SystemError) {
        let file = try Files.open(path)
        identity = FileIdentity(try file.status())
        self.path = path
        self.file = file
    }

    /// The last `count` lines that are there now. Reading goes on behind them.
    mutating func lastLines(_ count: Int) throws(SystemError) -> [UInt8] {
        let size = try file.status().size
        var tail: [UInt8] = []
        var start = size
        while start > 0, tail.count < Self.longestTail, tail.count(where: { $0 == UInt8(ascii: "\n") }) <= count {
            let part = min(Self.partBytes, start)
            start -= part
            tail = try file.read(at: start, count: part) + tail
        }
        offset = start + tail.count
        remember(tail)
        return Self.lines(tail, last: count)
    }

    /// Nothing has been written, as far as it can be told.
    var isEmpty: Bool { (try? file.status().size) == 0 }

    /// All that is there now, from the line on that stands at `start`. Reading goes on behind it.
    mutating func lines(from start: Int) throws(SystemError) -> [UInt8] {
        let size = try file.status().size
        var start = min(max(0, start), size)
        // A line that had begun by then belongs to it.
        let before = try file.read(at: max(0, start - Self.partBytes), count: min(start, Self.partBytes))
        start -= before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
        var bytes: [UInt8] = []
        while start + bytes.count < size {
            let part = try file.read(at: start + bytes.count, count: min(Self.partBytes, size - start - bytes.count))
            guard !part.isEmpty else { break }
            bytes += part
        }
        offset = start + bytes.count
        remember(bytes)
        return bytes
    }

    /// What was written since the last read; empty when nothing was.
    mutating func more() throws(SystemError) -> [UInt8] {
        try findPlace()
        let bytes = try file.read(at: offset, count: Self.partBytes)
        offset += bytes.count
        remember(bytes)
        if bytes.isEmpty, try openSuccessor() { return try more() }
        return bytes
    }

    private mutating func findPlace() throws(SystemError) {
        let before = try file.read(at: max(0, offset - anchor.count), count: anchor.count)
        guard before != anchor else { return }
        let content = try file.read(at: 0, count: try file.status().size)
        offset = Self.end(of: anchor, in: content) ?? 0
        if offset == 0 { anchor = [] }
    }

    /// Goes on with another file that stands at the path by now.
    private mutating func openSuccessor() throws(SystemError) -> Bool {
        guard let status = try? Files.status(path), FileIdentity(status) != identity else { return false }
        file = try Files.open(path)
        identity = FileIdentity(try file.status())
        offset = 0
        anchor = []
        return true
    }

    private mutating func remember(_ bytes: [UInt8]) {
        anchor = Array((anchor + bytes.suffix(Self.anchorBytes)).suffix(Self.anchorBytes))
    }

    /// The last lines of `bytes`; an unfinished one counts.
    static func lines(_ bytes: [UInt8], last count: Int) -> [UInt8] {
        var seen = 0
        for index in bytes.indices.dropLast().reversed() where bytes[index] == UInt8(ascii: "\n") {
            seen += 1
            if seen == count { return Array(bytes[(index + 1)...]) }
        }
        return bytes
    }

    /// Where the last occurrence of `anchor` ends.
    static func end(of anchor: [UInt8], in content: [UInt8]) -> Int? {
        guard !anchor.isEmpty, content.count >= anchor.count else { return nil }
        let candidates = (0...(content.count - anchor.count)).reversed()
        return candidates.first { content[$0..<($0 + anchor.count)].elementsEqual(anchor) }.map { $0 + anchor.count }
    }
}
