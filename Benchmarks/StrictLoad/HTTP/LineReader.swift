/// Finds lines in a stream that comes in pieces; a line that stands whole in a piece is not copied.
struct LineReader {
    /// Where the line is.
    enum Line {
        /// In the piece, at this range, without CR LF.
        case inPlace(Range<Int>)
        /// In `gathered`, because it began in an earlier piece.
        case gathered
    }

    /// A line, or its beginning, that began in an earlier piece.
    private(set) var gathered: [UInt8] = []
    private let maxBytes: Int

    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    /// Forgets a line that was gathered.
    mutating func clear() {
        gathered.removeAll(keepingCapacity: true)
    }

    /// Reads on from `position` and moves it behind the line, or to the end of the piece.
    ///
    /// - Returns: nil when the end of the line has not come. After `gathered`, the caller calls `clear`.
    mutating func read(_ bytes: Span<UInt8>, _ position: inout Int) throws(Malformation) -> Line? {
        let start = position
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        guard gathered.count + (end - start) <= maxBytes else { throw .lineTooLong }
        guard end < bytes.count else {
            position = end
            for index in start..<end { gathered.append(bytes[index]) }
            return nil
        }
        position = end + 1
        if gathered.isEmpty {
            guard end > start, bytes[end - 1] == UInt8(ascii: "\r") else { throw .lineEnd }
            return .inPlace(start..<(end - 1))
        }
        for index in start..<end { gathered.append(bytes[index]) }
        guard gathered.popLast() == UInt8(ascii: "\r") else { throw .lineEnd }
        return .gathered
    }
}
