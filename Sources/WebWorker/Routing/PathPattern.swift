/// Which paths a rule is for: a path in which each `*` stands for any bytes, slashes included. `/a/*` is also for `/a`.
///
/// It is compared with decoded paths, so that no encoding leads past a rule.
struct PathPattern: Equatable, Sendable {
    /// The bytes around the stars: one piece more than there are stars.
    private let pieces: [[UInt8]]
    /// The pattern ends in `/*`, in front of which there are these bytes.
    private let bare: [UInt8]?

    /// Reads a pattern as a person wrote it; nil when no path can have its form.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, first == .slash || first == 0x2a, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f }),
            !bytes.contains(where: { $0 == .questionMark || $0 == .percent || $0 == 0x23 })
        else { return nil }
        let segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard !segments.dropLast().contains(""), !segments.contains("."), !segments.contains("..") else { return nil }
        pieces = bytes.split(separator: 0x2a, omittingEmptySubsequences: false).map { Array($0) }
        bare = bytes.count > 2 && text.hasSuffix("/*") && pieces.count == 2 ? Array(bytes.dropLast(2)) : nil
    }

    /// The number of its stars.
    var stars: Int { pieces.count - 1 }

    /// The bytes that the first star stands for, which are empty without one; nil if the path in `range` is none of these.
    func match(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int>? {
        if let bare, range.count == bare.count, bytes.equals(bare.span, at: range) {
            return range.upperBound..<range.upperBound
        }
        guard let first = pieces.first, let last = pieces.last, range.count >= first.count,
            bytes.equals(first.span, at: range.lowerBound..<range.lowerBound + first.count)
        else { return nil }
        guard pieces.count > 1 else { return range.count == first.count ? range.upperBound..<range.upperBound : nil }
        let start = range.lowerBound + first.count
        let end = range.upperBound - last.count
        guard start <= end, bytes.equals(last.span, at: end..<range.upperBound) else { return nil }
        var (place, star) = (start, start..<end)
        for (index, piece) in pieces[1..<pieces.count - 1].enumerated() {
            guard let found = Self.first(piece, in: place..<end, bytes) else { return nil }
            if index == 0 { star = start..<found }
            place = found + piece.count
        }
        return star
    }

    private static func first(_ piece: [UInt8], in range: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
        var place = range.lowerBound
        while place + piece.count <= range.upperBound {
            if bytes.equals(piece.span, at: place..<place + piece.count) { return place }
            place += 1
        }
        return nil
    }
}
