/// Which script a path names, and what of the path is left for the script: `/blog/index.php/2026/11` is the script
/// `/blog/index.php` with the information `/2026/11` (RFC 3875 sections 4.1.5 and 4.1.13).
struct ScriptPath: Equatable, Sendable {
    /// The script's path, decoded; begins with a slash.
    var script: [UInt8]
    /// PATH_INFO, decoded; empty, or begins with a slash.
    var information: [UInt8]

    /// Splits behind the first segment that ends in `suffix` (".php"). Nil when there is none, when a segment is empty,
    /// begins with a dot or has a slash or NUL of its own before the script's end, or when the path is not well encoded.
    init?(_ range: Range<Int>, _ bytes: Span<UInt8>, suffix: [UInt8]) {
        guard !range.isEmpty, bytes[range.lowerBound] == .slash else { return nil }
        script = []
        var start = range.lowerBound + 1
        while start < range.upperBound {
            let end = bytes.firstIndex(of: .slash, in: start..<range.upperBound) ?? range.upperBound
            guard let segment = PercentCoding.decode(start..<end, bytes), let first = segment.first, first != 0x2e,
                !segment.contains(.slash), !segment.contains(0)
            else { return nil }
            script.append(.slash)
            script += segment
            if segment.count > suffix.count, segment.suffix(suffix.count).elementsEqual(suffix) {
                guard let rest = PercentCoding.decode(end..<range.upperBound, bytes), !rest.contains(0) else {
                    return nil
                }
                information = rest
                return
            }
            start = end + 1
        }
        return nil
    }

    /// A script that is known, for any path.
    init(script: [UInt8], information: [UInt8] = []) {
        self.script = script
        self.information = information
    }
}
