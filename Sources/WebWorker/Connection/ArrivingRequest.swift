internal import Linux

/// A request whose head is whole and whose body arrives.
///
/// The body is in memory as long as `BodyMemory` has room for it, and in a file beyond that.
final class ArrivingRequest {
    let head: RequestHead
    /// The bytes of the head, to which `head` refers.
    let bytes: [UInt8]
    /// The end of the head, in milliseconds of the monotonic clock.
    let since: Int64
    /// Bytes of the body so far.
    private(set) var received = 0

    private var decoder = ChunkedDecoder()
    private let memory: BodyMemory
    /// Bytes that `memory` counts for this body.
    private var counted = 0
    /// The front of a body that found no room in memory.
    private var spool: Spool?
    /// The end of the body behind `spool`, or all of it.
    private var body: [UInt8] = []

    init(head: RequestHead, bytes: [UInt8], since: Int64, _ memory: BodyMemory) {
        self.head = head
        self.bytes = bytes
        self.since = since
        self.memory = memory
    }

    deinit { _ = memory.count(0, insteadOf: counted) }

    /// Takes what is the body's of bytes from `start` on, up to `limit` bytes of body in all if it comes in chunks.
    func take(_ bytes: Span<UInt8>, from start: Int, limit: Int) -> ChunkedDecoder.Outcome {
        switch head.framing {
        case .none: fatalError("a body where there is none")
        case .length(let length):
            let missing = Int(length) - received
            let count = min(missing, bytes.count - start)
            append(start..<start + count, of: bytes)
            return count == missing ? .complete(consumed: start + count) : .incomplete
        case .chunked: return decode(bytes, from: start, limit: limit)
        }
    }

    /// Adds a piece of a body that has a length.
    func append(_ range: Range<Int>, of bytes: Span<UInt8>) {
        bytes.append(range, to: &body)
        received += range.count
    }

    /// The same of one in chunks.
    func decode(_ bytes: Span<UInt8>, from start: Int, limit: Int) -> ChunkedDecoder.Outcome {
        let before = body.count
        let room = limit - received + before
        let outcome = decoder.decode(bytes, from: start, into: &body, limit: room)
        received += body.count - before
        return outcome
    }

    /// Keeps what came until more comes.
    func keep() throws(SystemError) {
        if spool == nil {
            if memory.count(body.capacity, insteadOf: counted) {
                counted = body.capacity
                return
            }
            _ = memory.count(0, insteadOf: counted)
            counted = 0
        }
        let spool = spool ?? memory.makeSpool()
        self.spool = spool
        let piece = body
        body = []
        try spool.append(piece.span)
    }

    /// The body, when it is whole.
    func whole() throws(SystemError) -> [UInt8] {
        guard let spool else { return body }
        var whole: [UInt8] = []
        whole.reserveCapacity(received)
        while !spool.isEmpty { whole += try spool.take(upTo: 1 << 20) }
        whole += body
        return whole
    }
}
