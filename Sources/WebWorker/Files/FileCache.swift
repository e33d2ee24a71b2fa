internal import Linux

/// Files that were asked for within the last second, with their heads: small ones whole, to be sent in one piece, larger
/// ones open.
///
/// An entry is used for a second and then looked up anew, so that a changed file is served after a second at the latest:
/// at any load that costs each file a few system calls a second, and no question of what changed. Memory and descriptors
/// are bounded; two paths that meet in a slot take turns.
struct FileCache {
    /// One form of a file.
    struct Variant {
        enum Content {
            case memory([UInt8])
            case file(FoundFile)
        }

        let version: FileVersion
        let type: StaticString
        let coding: ContentCoding?
        /// Status line and fields.
        let head: [UInt8]
        /// The fields of an answer that says that it has not changed.
        let fields: [UInt8]
        let content: Content

        fileprivate init(_ file: FoundFile, _ content: Content) {
            switch content {
            case .memory(let bytes): version = file.version.tagged(by: bytes, file.coding)
            case .file: version = file.version
            }
            type = file.type
            coding = file.coding
            head = file.head(version)
            var fields: [UInt8] = []
            file.writeFields(version, to: &fields)
            self.fields = fields
            self.content = content
        }
    }

    /// A file as it was when it was looked up.
    final class Entry {
        /// The file as it is and, in the order of preference, as it lies compressed beside it.
        let plain: Variant
        let compressed: [Variant]
        fileprivate let path: [UInt8]
        let readAt: Int64
        /// Found out when the first client asks; the loop's thread alone has entries.
        var compressibility = Compressibility.unknown

        /// Nil when a small file cannot be read in the length that it had at the opening.
        init?(_ file: FoundFile, path: [UInt8] = [], readAt: Int64 = 0) {
            guard let plain = FileCache.variant(file) else { return nil }
            self.plain = plain
            compressed = file.compressed.compactMap(FileCache.variant)
            self.path = path
            self.readAt = readAt
        }

        /// The form of the file that the client takes (RFC 9110 section 12.5.3).
        func variant(for head: RequestHead, _ bytes: Span<UInt8>) -> Variant {
            for variant in compressed where variant.coding?.isAccepted(head, bytes) == true { return variant }
            return plain
        }

        fileprivate func isFor(_ range: Range<Int>, _ bytes: Span<UInt8>, now: Int64) -> Bool {
            let path = path
            guard now - readAt < FileCache.freshMilliseconds else { return false }
            return bytes.equals(path.span, at: range)
        }
    }

    /// The largest file that is kept in memory, in bytes. Beyond it sendfile costs less than a copy.
    static let maxFileBytes = 32 * 1024
    private static let slotCount = 256
    fileprivate static let freshMilliseconds: Int64 = 1000
    /// Files that stay open: few beside the usual limit of 1024 descriptors.
    private static let openCount = 64

    private var slots = [Entry?](repeating: nil, count: slotCount)
    private var open = [Entry?](repeating: nil, count: openCount)

    /// The file of the path in `range`, when it was looked up within the last second; `now` in monotonic milliseconds.
    func find(_ range: Range<Int>, _ bytes: Span<UInt8>, now: Int64) -> Entry? {
        let hash = Self.hash(range, bytes)
        if let entry = slots[hash % Self.slotCount], entry.isFor(range, bytes, now: now) { return entry }
        if let entry = open[hash % Self.openCount], entry.isFor(range, bytes, now: now) { return entry }
        return nil
    }

    /// Keeps a file; nil when a small one cannot be read in the length that it had at the opening.
    mutating func keep(_ file: FoundFile, for range: Range<Int>, _ bytes: Span<UInt8>, now: Int64) -> Entry? {
        let hash = Self.hash(range, bytes)
        guard let entry = Entry(file, path: bytes.bytes(range), readAt: now) else { return nil }
        if case .file = entry.plain.content {
            open[hash % Self.openCount] = entry
        } else {
            slots[hash % Self.slotCount] = entry
        }
        return entry
    }

    /// Closes the files that are open for nobody: the process needs their descriptors.
    mutating func letGo() { open = [Entry?](repeating: nil, count: Self.openCount) }

    fileprivate static func variant(_ file: FoundFile) -> Variant? {
        guard file.version.size <= maxFileBytes else { return Variant(file, .file(file)) }
        let content = try? file.descriptor.read(at: 0, count: file.version.size + 1)
        guard let content, content.count == file.version.size else { return nil }
        return Variant(file, .memory(content))
    }

    /// FNV-1a of the path.
    private static func hash(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0xffff_ffff)
    }
}
