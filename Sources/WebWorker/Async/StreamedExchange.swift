internal import Handoff
internal import Linux

/// An exchange that goes in pieces: it stands between a handler and its client.
///
/// Nothing is sent at once: what was written in a turn goes out at its end, so that no call leads back into the handler
/// that made it. An exchange that is over passes all calls over. Whoever calls it in a later turn keeps its token and asks
/// the turn for it (`Turn.exchange`).
final class StreamedExchange {
    /// The framing of the answer's body (RFC 9112 section 6).
    enum AnswerFraming: Equatable {
        /// There is no body: an answer to HEAD, or a status without one.
        case none
        /// So many bytes are still to come.
        case length(Int)
        case chunked
        /// The connection's close is the end (HTTP/1.0).
        case untilClose
        /// Another protocol, after an upgrade.
        case raw
    }

    /// Above so many bytes that the client has not taken the handler is told to stop.
    static let highWater = 64 * 1024
    /// Below so many it is told to go on.
    static let lowWater = 16 * 1024

    /// Names this exchange, and not the next one of the same connection: a number of its own, and the descriptor.
    let token: UInt64
    let connection: Connection
    /// Set as soon as its endpoint has made it.
    var handler: (any StreamHandler)?
    private let bodyFraming: BodyFraming
    private var decoder = ChunkedDecoder()
    /// Bytes of the request's body so far.
    private(set) var received = 0
    /// From when the body's time is counted, in milliseconds of the monotonic clock, and how many bytes were here then.
    private(set) var since: Int64
    private(set) var receivedBefore = 0
    /// The client sends the body only after an interim 100 response.
    var owesContinue = false
    /// Another request was already in the buffer behind this one.
    let moreBytes: Bool

    var answerFraming = AnswerFraming.none
    /// The way of the answer's body, if it is compressed.
    var compressor: BodyCompressor?
    /// The handler has been told to stop producing.
    var isPaused = false

    /// Makes the request in hand of a connection an exchange in pieces.
    init(_ connection: Connection, _ bodyFraming: BodyFraming, moreBytes: Bool, _ turn: inout Turn) {
        token = turn.nextRegistration() | UInt64(UInt32(truncatingIfNeeded: connection.descriptorIndex))
        self.connection = connection
        self.bodyFraming = bodyFraming
        since = turn.now
        self.moreBytes = moreBytes
        connection.stream = self
    }

    /// Hands a request whose head is whole to its endpoint.
    static func begin(
        _ endpoint: any StreamEndpoint, _ request: Request, hasBody: Bool, _ connection: Connection,
        _ turn: inout Turn
    ) {
        connection.exchange.since = turn.start
        let moreBytes = connection.exchange.moreBytes
        let stream = StreamedExchange(connection, request.head.framing, moreBytes: moreBytes && !hasBody, &turn)
        if hasBody {
            connection.tell(.bodyStreamed, &turn)
            stream.owesContinue = request.head.expectsContinue && !moreBytes
        }
        connection.putOutAside(&turn)
        turn.countLatency()
        let handler = endpoint.begin(request, hasBody: hasBody, stream, &turn)
        guard !stream.isOver, stream.compressor?.isEnding != true else { return }
        stream.handler = handler
        stream.askForBody(&turn)
    }

    /// Has a response written while it is sent.
    static func begin(_ response: Response, _ connection: Connection, _ turn: inout Turn) {
        let stream = StreamedExchange(connection, .none, moreBytes: connection.exchange.moreBytes, &turn)
        connection.putOutAside(&turn)
        let exchange = turn.tasks.exchange(stream.token, isHead: connection.exchange.isHead)
        stream.handler = exchange
        exchange.start("a streamed response") { response }
    }

    /// The connection has moved on to another exchange, or is closed.
    var isOver: Bool { connection.stream !== self }

    // MARK: The request's body

    /// Says 100 if the client waits for it and its body is wanted now.
    private func askForBody(_ turn: inout Turn) {
        guard owesContinue, connection.machine.takesBody, connection.machine.mayAnswer else { return }
        owesContinue = false
        connection.outgoing.pending.append { $0.append(ascii: "HTTP/1.1 100 Continue\r\n\r\n") }
        turn.scoreboard.add(.informational)
        turn.makeDue(connection)
    }

    /// Gives bytes of a body to its handler. Returns where the rest begins that is not the body's, or not wanted now.
    func takeBody(_ bytes: Span<UInt8>, from start: Int, _ turn: inout Turn) -> Int {
        owesContinue = false
        switch connection.machine.isTunnel ? .none : bodyFraming {
        case .none:
            give(bytes.extracting(start...), &turn)
            return bytes.count
        case .length(let length):
            let count = min(Int(length) - received, bytes.count - start)
            let isWhole = received + count == Int(length)
            give(bytes.extracting(start..<start + count), &turn)
            if isWhole { endBody(&turn) }
            return start + count
        case .chunked:
            var piece: [UInt8] = []
            let limit = connection.maxBodyBytes(turn) - received
            let outcome = decoder.decode(bytes, from: start, into: &piece, limit: limit)
            if case .malformed(let refusal) = outcome {
                connection.tell(.bodyFailed(refusal), &turn)
                return bytes.count
            }
            give(piece.span, &turn)
            guard case .complete(let end) = outcome else { return bytes.count }
            endBody(&turn)
            return end
        }
    }

    private func give(_ piece: Span<UInt8>, _ turn: inout Turn) {
        guard !piece.isEmpty else { return }
        received += piece.count
        handler?.take(piece, self, &turn)
    }

    /// The body is whole, unless its handler has ended the exchange in the meantime.
    private func endBody(_ turn: inout Turn) {
        guard !isOver, connection.machine.bodyArrives else { return }
        connection.tell(.bodyEnded, &turn)
        handler?.bodyEnded(self, &turn)
    }

    /// Stops reading the request's body until `resumeBody`.
    func holdBody(_ turn: inout Turn) {
        if !isOver { connection.tell(.bodyHeld, &turn) }
    }

    /// Goes on with the request's body.
    func resumeBody(_ turn: inout Turn) {
        guard !isOver, connection.machine.bodyArrives else { return }
        connection.tell(.bodyResumed, &turn)
        // What the handler took is not the client's time.
        since = turn.now
        receivedBefore = received
        askForBody(&turn)
        turn.makeDue(connection)
    }

    /// Tells the handler when its client has taken most of what it was given.
    func wake(_ turn: inout Turn) {
        if isToCompress { turn.makeDue(connection) }
        guard isPaused, waiting < Self.lowWater else { return }
        isPaused = false
        handler?.goOn(self, &turn)
    }
}
