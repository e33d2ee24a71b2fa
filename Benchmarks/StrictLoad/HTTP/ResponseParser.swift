/// Reads one answer after another from the bytes of a connection, in whatever pieces they come.
///
/// Strict, because it judges servers: every line ends with CR LF, a length stands once, nothing is guessed. It keeps
/// nothing of the head but what framing needs, and of the body the first `maxBodyBytes`. Interim (1xx) answers are
/// passed over. Framing is RFC 9112 section 6.3: no body, Content-Length, chunked, or until the connection closes.
package struct ResponseParser {
    /// What a piece of input came to.
    package enum Progress: Equatable, Sendable {
        /// All bytes were taken, and the answer goes on.
        case incomplete
        /// The answer ends after the first `consumed` bytes of the piece.
        case complete(consumed: Int)
        /// What came is not HTTP/1.1.
        case malformed(Malformation)
    }

    /// How the end of a stream meets the answer.
    package enum Ending: Equatable, Sendable {
        /// No byte of an answer had come.
        case nothing
        /// The end of the stream is the end of the answer, as its head announced.
        case complete
        /// The answer lacks its end.
        case truncated
    }

    /// Which part of an answer comes next.
    private enum State: Equatable {
        case statusLine  // Next: fields.
        case fields  // Next: statusLine (after an interim answer), lengthBody, chunkSize, untilClose, done.
        case lengthBody(left: Int)  // Next: done.
        case chunkSize  // Next: chunkData, trailers.
        case chunkData(left: Int)  // Next: chunkEnd.
        case chunkEnd  // Next: chunkSize.
        case trailers  // Next: done.
        case untilClose  // Next: done, by endOfStream.
        case done  // Next: statusLine, by reset.
    }

    /// The longest line taken.
    package static let maxLineBytes = 16_384
    /// The longest head or trailer part taken.
    package static let maxHeadBytes = 65_536

    private var state = State.statusLine
    private var head = ResponseHead()
    private var line = LineReader(maxBytes: maxLineBytes)
    private var headBytes = 0
    private var hasBegun = false
    private let maxBodyBytes: Int

    /// The first bytes of the body, `maxBodyBytes` at the most.
    package private(set) var body: [UInt8] = []

    /// The whole length of the body so far.
    package private(set) var bodyByteCount = 0

    /// - Parameter maxBodyBytes: how much of each body is kept.
    package init(maxBodyBytes: Int) {
        self.maxBodyBytes = maxBodyBytes
    }

    /// The status of the answer; 0 before its status line.
    package var status: Int { head.status }

    /// Whether the connection may carry another request (RFC 9112 section 9.3).
    package var keepsConnection: Bool { head.keepsConnection }

    /// Whether a byte of the answer has come.
    package var answerHasBegun: Bool { hasBegun }

    /// Makes ready for the next answer; the body's memory is kept for it.
    package mutating func reset() {
        state = .statusLine
        head = ResponseHead()
        line.clear()
        headBytes = 0
        hasBegun = false
        body.removeAll(keepingCapacity: true)
        bodyByteCount = 0
    }

    /// Takes a piece of the stream. After `complete` or `malformed`, call `reset` first.
    package mutating func take(_ bytes: Span<UInt8>) -> Progress {
        if bytes.count > 0 { hasBegun = true }
        var position = 0
        while position < bytes.count {
            switch state {
            case .lengthBody(let left):
                position += takeBody(bytes, from: position, atMost: left)
                if state == .done { return .complete(consumed: position) }
            case .chunkData(let left):
                position += takeChunk(bytes, from: position, left: left)
            case .untilClose:
                position += takeBody(bytes, from: position, atMost: bytes.count)
            case .statusLine, .fields, .chunkSize, .chunkEnd, .trailers:
                do {
                    guard try takeLine(bytes, &position) else { return .incomplete }
                } catch {
                    return .malformed(error)
                }
                if state == .done { return .complete(consumed: position) }
            case .done:
                return .malformed(.surplus)
            }
        }
        return .incomplete
    }

    /// Says what the end of the stream means here.
    package mutating func endOfStream() -> Ending {
        guard hasBegun else { return .nothing }
        guard state == .untilClose else { return .truncated }
        state = .done
        return .complete
    }

    /// Reads one line and acts on it; false when its end has not come.
    private mutating func takeLine(_ bytes: Span<UInt8>, _ position: inout Int) throws(Malformation) -> Bool {
        let before = position
        let found = try line.read(bytes, &position)
        if state != .chunkSize, state != .chunkEnd {
            headBytes += position - before
            guard headBytes <= Self.maxHeadBytes else { throw .headTooLong }
        }
        guard let found else { return false }
        switch found {
        case .inPlace(let range): try act(on: bytes.extracting(range))
        case .gathered:
            let gathered = line.gathered
            try act(on: gathered.span)
            line.clear()
        }
        return true
    }

    private mutating func act(on line: Span<UInt8>) throws(Malformation) {
        switch state {
        case .statusLine:
            try head.takeStatusLine(line)
            state = .fields
        case .fields:
            if line.isEmpty { try endHead() } else { try head.takeField(line) }
        case .chunkSize:
            let size = try ChunkSize.parse(line)
            state = size == 0 ? .trailers : .chunkData(left: size)
        case .chunkEnd:
            guard line.isEmpty else { throw .chunk }
            state = .chunkSize
        case .trailers:
            if line.isEmpty { state = .done } else { try ResponseHead.checkField(line) }
        case .lengthBody, .chunkData, .untilClose, .done:
            fatalError("A line was read in \(state)")
        }
    }

    private mutating func endHead() throws(Malformation) {
        switch try head.framing() {
        case .interim:
            head = ResponseHead()
            state = .statusLine
        case .none, .length(0): state = .done
        case .length(let count): state = .lengthBody(left: count)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    private mutating func takeChunk(_ bytes: Span<UInt8>, from position: Int, left: Int) -> Int {
        let taken = keep(bytes, from: position, atMost: left)
        state = taken == left ? .chunkEnd : .chunkData(left: left - taken)
        return taken
    }

    private mutating func takeBody(_ bytes: Span<UInt8>, from position: Int, atMost left: Int) -> Int {
        let taken = keep(bytes, from: position, atMost: left)
        if case .lengthBody = state { state = taken == left ? .done : .lengthBody(left: left - taken) }
        return taken
    }

    /// Counts body bytes, keeps as many of them as are wanted, and says how many were taken.
    private mutating func keep(_ bytes: Span<UInt8>, from position: Int, atMost limit: Int) -> Int {
        let taken = min(limit, bytes.count - position)
        let kept = min(taken, maxBodyBytes - body.count)
        for index in position..<(position + max(0, kept)) { body.append(bytes[index]) }
        bodyByteCount += taken
        return taken
    }
}
