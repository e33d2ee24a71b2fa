/// What a worker compresses while it sends it: bodies of answers by gzip, for clients that accept that.
///
/// It needs zlib, which is opened when the worker starts; without it nothing is compressed, and the log says so. Each body that is
/// being compressed takes 256 KiB, and of 256 at a time; further ones go as they are.
public struct Compression: Sendable, Equatable {
    /// The types of bodies that are compressed: `text/html`, `text/*`, `*+json`. Never `text/event-stream`: such a body lasts for as
    /// long as its client stays.
    public var types = Compression.usualTypes
    /// Shorter bodies are not compressed, in bytes. One of unknown length is.
    public var leastBytes = 1024
    /// From 1, the fastest, to 9, the smallest.
    public var level = 4

    /// Types that become smaller: text, in the wide sense, and fonts that are not compressed by themselves.
    public static let usualTypes = [
        "text/*", "*+json", "*+xml", "application/json", "application/javascript", "application/x-javascript",
        "application/xml", "application/x-ndjson", "application/wasm", "application/vnd.ms-fontobject", "font/otf",
        "font/ttf",
    ]

    /// The usual types, from 1 KiB on, at level 4.
    public init() {}

    /// Whether a text is one that `types` may have: a type, or one with a star in place of one end.
    static func isType(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let stars = bytes.count { $0 == 0x2a }
        let isPlaced = stars == 0 || stars == 1 && (bytes.first == 0x2a || bytes.last == 0x2a)
        return isPlaced && bytes.count > 1 && (bytes.contains(.slash) || bytes.first == 0x2a)
            && bytes.allSatisfy { $0 == 0x2a || $0 == .slash || ByteClass.token.contains($0) }
    }
}
