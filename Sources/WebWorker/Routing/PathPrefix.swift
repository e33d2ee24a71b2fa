/// The beginning of paths, by whole segments: `/api` is that of `/api` and `/api/x`, not of `/apix`.
struct PathPrefix: Equatable, Sendable {
    private let segments: [[UInt8]]

    /// Reads a prefix as a person wrote it; nil when it is no path, or one without a normal form.
    init?(_ text: String) {
        guard text.hasPrefix("/"), let segments = NormalPath.segments(text) else { return nil }
        self.segments = segments
    }

    /// The decoded path, without a slash at its end; empty for all paths.
    var text: String { segments.map { "/" + String(decoding: $0, as: UTF8.self) }.joined() }

    /// The number of segments: of two prefixes of a path the one with more is the longer one.
    var count: Int { segments.count }

    /// Matches the path in `range`, which is in its normal form.
    func begins(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool { rest(of: range, bytes) != nil }

    /// The part of a path behind the prefix: it begins with a slash, or is empty where the path is the prefix itself. Nil if
    /// the path, which is in its normal form, has another beginning.
    func rest(of range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int>? {
        var start = range.lowerBound + 1
        for segment in segments {
            guard start < range.upperBound else { return nil }
            let end = bytes.firstIndex(of: .slash, in: start..<range.upperBound) ?? range.upperBound
            let isEncoded = bytes.firstIndex(of: .percent, in: start..<end) != nil
            guard bytes.isSegment(segment.span, at: start..<end, isEncoded: isEncoded) else { return nil }
            start = end + 1
        }
        return min(start - 1, range.upperBound)..<range.upperBound
    }
}
