internal import Linux

/// Small files with their heads, ready to be sent in one piece.
///
/// An entry is used for a second and then read anew, so that a changed file is served after a second at the latest: at
/// any load that costs each file a few system calls a second, and no question of what changed. The memory is bounded by
/// `slotCount` times `maxFileBytes`; two paths that meet in a slot take turns.
struct FileCache {
    /// A file as it was when it was read.
    final class Entry {
        let path: [UInt8]
        let version: FileVersion
        let answer: PreparedAnswer
        fileprivate let readAt: Int64

        fileprivate init(path: [UInt8], version: FileVersion, answer: PreparedAnswer, readAt: Int64) {
            self.path = path
            self.version = version
            self.answer = answer
            self.readAt = readAt
        }
    }

    /// The largest file that is kept, in bytes. Beyond it sendfile costs less than a copy.
    static let maxFileBytes = 32 * 1024
    private static let slotCount = 256
    private static let freshMilliseconds: Int64 = 1000

    private var slots = [Entry?](repeating: nil, count: slotCount)

    /// The file of the path in `range`, when it was read within the last second; `now` in monotonic milliseconds.
    func find(_ range: Range<Int>, _ bytes: Span<UInt8>, now: Int64) -> Entry? {
        guard let entry = slots[Self.slot(range, bytes)], now - entry.readAt < Self.freshMilliseconds,
            entry.path.count == range.count
        else { return nil }
        for index in 0..<range.count where entry.path[index] != bytes[range.lowerBound + index] { return nil }
        return entry
    }

    /// Reads a file, which is small, and keeps it; nil when it does not have the length that it had at the opening.
    mutating func read(_ file: FoundFile, for range: Range<Int>, _ bytes: Span<UInt8>, now: Int64) -> Entry? {
        let content = try? file.takeDescriptor().read(at: 0, count: file.version.size + 1)
        guard let content, content.count == file.version.size else { return nil }
        var head: [UInt8] = []
        file.writeHead(to: &head)
        let entry = Entry(
            path: bytes.bytes(range), version: file.version,
            answer: PreparedAnswer(status: .ok, head: head, body: content), readAt: now)
        slots[Self.slot(range, bytes)] = entry
        return entry
    }

    /// FNV-1a of the path.
    private static func slot(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) % UInt64(slotCount))
    }
}
