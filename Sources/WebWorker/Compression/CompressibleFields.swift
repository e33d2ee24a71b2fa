/// What the field lines of an answer say of compressing its body, found in one pass.
struct CompressibleFields {
    /// The body may be compressed: it is of such a type, as a whole, and nobody has forbidden it or done it already.
    private(set) var isCompressible = false
    /// Vary says already that Accept-Encoding counts.
    private(set) var variesByCoding = false
    private var tag: Range<Int>?
    /// Lines that are about the bytes as they were.
    private var lost: [Range<Int>] = []

    /// Reads field lines, each with its line end, from `start` on.
    init(_ bytes: Span<UInt8>, from start: Int = 0, _ types: CompressedTypes) {
        var (hasType, isKept) = (false, false)
        var line = start
        while line < bytes.count {
            let end = bytes.firstIndex(of: .lineFeed, in: line..<bytes.count).map { $0 + 1 } ?? bytes.count
            // Without the line end.
            let stop = max(line, end - 2)
            let name = line..<(bytes.firstIndex(of: .colon, in: line..<stop) ?? stop)
            let value = bytes.trimmingWhitespace(min(name.upperBound + 1, stop)..<stop)
            switch name.count {
            case 4 where bytes.equalsIgnoringCase("vary", at: name):
                variesByCoding =
                    variesByCoding || ConnectionOptions.contains("accept-encoding", value, bytes)
                    || bytes.equals("*", at: value)
            case 4 where bytes.equalsIgnoringCase("etag", at: name): tag = value
            case 12 where bytes.equalsIgnoringCase("content-type", at: name): hasType = types.contains(value, bytes)
            case 13 where bytes.equalsIgnoringCase("cache-control", at: name):
                isKept = isKept || ConnectionOptions.contains("no-transform", value, bytes)
            case 13 where bytes.equalsIgnoringCase("content-range", at: name): isKept = true
            case 16 where bytes.equalsIgnoringCase("content-encoding", at: name): isKept = true
            default: if Self.isOfBytes(name, bytes) { lost.append(line..<end) }
            }
            line = end
        }
        isCompressible = hasType && !isKept
    }

    /// Ranges would be of the compressed bytes, and these digests (RFC 9530, RFC 1864) are of the others.
    private static func isOfBytes(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        switch name.count {
        case 6: bytes.equalsIgnoringCase("digest", at: name)
        case 11: bytes.equalsIgnoringCase("repr-digest", at: name) || bytes.equalsIgnoringCase("content-md5", at: name)
        case 13: bytes.equalsIgnoringCase("accept-ranges", at: name)
        case 14: bytes.equalsIgnoringCase("content-digest", at: name)
        default: false
        }
    }

    /// The lines of the compressed answer. Its tag is weak: other bytes with the same meaning (RFC 9110 section 8.8.1).
    func compressed(_ bytes: Span<UInt8>, from start: Int = 0) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count - start + 64)
        var place = start
        for range in (lost + [strongTag(bytes)].compactMap(\.self)).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            bytes.append(place..<range.lowerBound, to: &out)
            if range == tag { Self.appendMarked(range, bytes, to: &out) }
            place = range.upperBound
        }
        bytes.append(place..<bytes.count, to: &out)
        out.append(ascii: "Content-Encoding: gzip\r\n")
        if !variesByCoding { out.append(ascii: CompressibleFields.vary) }
        return out
    }

    /// The same lines with the tag of a compressed answer.
    func weaklyTagged(_ bytes: Span<UInt8>) -> [UInt8] {
        guard let tag = strongTag(bytes) else { return bytes.bytes(0..<bytes.count) }
        var out = bytes.bytes(0..<tag.lowerBound)
        Self.appendMarked(tag, bytes, to: &out)
        bytes.append(tag.upperBound..<bytes.count, to: &out)
        return out
    }

    /// The place of a strong tag; nil if there is none.
    private func strongTag(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let tag, tag.count >= 2, bytes[tag.lowerBound] == 0x22, bytes[tag.upperBound - 1] == 0x22 else {
            return nil
        }
        return tag
    }

    private static func appendMarked(_ tag: Range<Int>, _ bytes: Span<UInt8>, to out: inout [UInt8]) {
        out.append(ascii: "W/")
        bytes.append(tag.lowerBound..<tag.upperBound - 1, to: &out)
        out.append(ascii: EntityTag.mark)
        out.append(0x22)
    }

    /// Says that the answer would be another one for a client that takes another coding, or none.
    static let vary: StaticString = "Vary: Accept-Encoding\r\n"
}
