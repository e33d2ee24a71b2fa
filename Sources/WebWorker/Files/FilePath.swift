/// Which file below the root a request's path names.
enum FilePath {
    /// The path relative to the root, or nil when it can name no file that is served.
    ///
    /// Each segment is decoded by itself, so that an encoded slash makes no second segment. Refused are a slash or NUL
    /// within a segment, empty segments, `.` and `..`, and names that begin with a dot, but for `.well-known`
    /// (RFC 8615), unless they come `withDots`. A path that ends in a slash names a directory: its path ends in a slash too, but for the root's, which is
    /// empty.
    static func relative(_ range: Range<Int>, _ bytes: Span<UInt8>, withDots: Bool = false) -> String? {
        guard !range.isEmpty, bytes[range.lowerBound] == .slash else { return nil }
        var path: [UInt8] = []
        var start = range.lowerBound + 1
        while start < range.upperBound {
            let end = bytes.firstIndex(of: .slash, in: start..<range.upperBound) ?? range.upperBound
            guard let segment = PercentCoding.decode(start..<end, bytes),
                withDots ? isName(segment) : isServed(segment, isFirst: path.isEmpty)
            else { return nil }
            if !path.isEmpty { path.append(.slash) }
            path += segment
            start = end + 1
        }
        if bytes[range.upperBound - 1] == .slash, !path.isEmpty { path.append(.slash) }
        guard path.count < 4096 else { return nil }
        return String(validating: path, as: UTF8.self)
    }

    /// The same for a name below the root that is none of a request: nothing in it is encoded, and the kernel finds its way
    /// through empty segments, `.` and `..`.
    static func relative(named name: [UInt8]) -> String? {
        guard !name.contains(0), name.count < 4096 else { return nil }
        var isFirst = true
        for segment in name.split(separator: .slash) where segment != [0x2e] {
            guard segment == [0x2e, 0x2e] || isServed(Array(segment), isFirst: isFirst) else { return nil }
            isFirst = false
        }
        return String(validating: name.drop { $0 == .slash }, as: UTF8.self)
    }

    /// Whether a name below the root has a part that begins with a dot, but for `.well-known` at the top. (`..` is no name.)
    static func isHidden(_ name: String) -> Bool {
        let segments = name.utf8.split(separator: .slash).map { Array($0) }.filter {
            $0 != [0x2e] && $0 != [0x2e, 0x2e]
        }
        return segments.enumerated().contains { !isServed($0.element, isFirst: $0.offset == 0) }
    }

    private static func isServed(_ segment: [UInt8], isFirst: Bool) -> Bool {
        guard isName(segment) else { return false }
        return segment.first != 0x2e || isFirst && segment == Array(".well-known".utf8)
    }

    /// A name that a file can have.
    private static func isName(_ segment: [UInt8]) -> Bool {
        !segment.isEmpty && !segment.contains(.slash) && !segment.contains(0) && segment != [0x2e]
            && segment != [0x2e, 0x2e]
    }
}
