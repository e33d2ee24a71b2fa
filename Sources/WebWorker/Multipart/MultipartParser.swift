/// Takes a multipart/form-data body apart (RFC 7578, RFC 2046 section 5.1), piece by piece as it arrives.
///
/// Nothing is kept but the bytes of which it cannot be told yet what they are.
struct MultipartParser {
    /// What a body consists of, in its order.
    enum Event: Equatable {
        /// A part begins: its header fields, without the empty line behind them.
        case part([UInt8])
        /// Bytes of the part's content, never empty.
        case content([UInt8])
        case partEnded
    }

    enum Failure: Error, Equatable {
        case malformed(String)
        /// The header fields of a part are longer than the limit.
        case headersTooLong
    }

    private enum State {
        /// Before the first boundary, where nobody reads.
        case preamble
        /// Behind a boundary: the end of its line, or of the form.
        case delimiter
        case headers
        case content
        /// Behind the last boundary.
        case over
    }

    private var state = State.preamble
    /// What was not told yet.
    private var bytes: [UInt8]
    /// The end of a line and the boundary.
    private let delimiter: [UInt8]
    private let maxHeaderBytes: Int
    /// Content of the part in hand was told.
    private var isContinued = false

    init(boundary: [UInt8], maxHeaderBytes: Int) {
        delimiter = Array("\r\n--".utf8) + boundary
        self.maxHeaderBytes = maxHeaderBytes
        // The first boundary may be at the very beginning.
        bytes = Array("\r\n".utf8)
    }

    /// The last boundary has come.
    var isOver: Bool { if case .over = state { true } else { false } }

    /// Takes the next piece of the body, and tells what is in it.
    mutating func feed(_ piece: [UInt8], _ tell: (Event) throws -> Void) throws {
        bytes += piece
        var start = 0
        while let next = try step(from: start, tell) { start = next }
        bytes.removeFirst(start)
    }

    /// Goes on from a place; nil: more has to come. What lies before the place that it returns is told.
    private mutating func step(from start: Int, _ tell: (Event) throws -> Void) throws -> Int? {
        switch state {
        case .preamble: return skip(from: start)
        case .delimiter: return try takeDelimiter(from: start)
        case .headers: return try takeHeaders(from: start, tell)
        case .content: return try takeContent(from: start, tell)
        case .over: return start < bytes.count ? bytes.count : nil
        }
    }

    private mutating func skip(from start: Int) -> Int? {
        let (end, isFound) = find(delimiter, from: start)
        guard isFound else { return end > start ? end : nil }
        state = .delimiter
        return end + delimiter.count
    }

    private mutating func takeDelimiter(from start: Int) throws -> Int? {
        var place = start
        // (Transport padding: nobody sends it, and everybody must take it.)
        while place < bytes.count, bytes[place] == .space || bytes[place] == .tab { place += 1 }
        guard place - start <= 64 else { throw Failure.malformed("a boundary with too much behind it") }
        guard place + 2 <= bytes.count else { return nil }
        switch (bytes[place], bytes[place + 1]) {
        case (0x0d, 0x0a):
            state = .headers
            // A part without header fields has its empty line at once.
            return place
        case (0x2d, 0x2d) where place == start:
            state = .over
            return place + 2
        default: throw Failure.malformed("something behind a boundary")
        }
    }

    private mutating func takeHeaders(from start: Int, _ tell: (Event) throws -> Void) throws -> Int? {
        let (end, isFound) = find(Array("\r\n\r\n".utf8), from: start)
        guard end - start <= maxHeaderBytes else { throw Failure.headersTooLong }
        guard isFound else { return nil }
        state = .content
        try tell(.part(Array(bytes[min(start + 2, end)..<end])))
        // The last end of a line may be that before a boundary: an empty content.
        return end + 2
    }

    private mutating func takeContent(from start: Int, _ tell: (Event) throws -> Void) throws -> Int? {
        // The place is before the end of a line that belongs to the header fields.
        let own = isContinued ? start : start + 2
        let (end, isFound) = find(delimiter, from: start)
        if isFound {
            if end > own { try tell(.content(Array(bytes[own..<end]))) }
            try tell(.partEnded)
            (state, isContinued) = (.delimiter, false)
            return end + delimiter.count
        }
        guard end > own else { return nil }
        try tell(.content(Array(bytes[own..<end])))
        isContinued = true
        return end
    }

    /// The first place of some bytes, or that from which they may begin and are not whole.
    private func find(_ wanted: [UInt8], from start: Int) -> (place: Int, isFound: Bool) {
        let span = bytes.span
        var place = start
        while let found = span.firstIndex(of: wanted[0], in: place..<bytes.count) {
            let count = min(wanted.count, bytes.count - found)
            if (0..<count).allSatisfy({ span[found + $0] == wanted[$0] }) {
                return (found, count == wanted.count)
            }
            place = found + 1
        }
        return (bytes.count, false)
    }
}
