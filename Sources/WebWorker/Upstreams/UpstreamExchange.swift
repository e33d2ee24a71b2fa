internal import Handoff
internal import Linux

/// A request on its way to a server behind, and its answer on the way back. Belongs to the loop's thread.
final class UpstreamExchange: StreamHandler {
    /// The encoding of the request's body on the link.
    enum BodyCoding {
        case plain
        case chunked
        /// As records of STDIN.
        case records
    }

    /// Facts that the server's protocol needs.
    struct Shape {
        var isHead = false
        /// The request may be sent twice: a safe method (RFC 9110 section 9.2.1), without a body.
        var isRepeatable = false
        var asksUpgrade = false
        var bodyCoding = BodyCoding.plain
        /// For FastCGI: whether the application leaves the connection open; nil for HTTP.
        var keepsConnection: Bool?
    }

    /// The exchange with the client.
    let token: UInt64
    let server: Upstream
    let shape: Shape
    /// The request's beginning: all of it if it has no body.
    private let head: [UInt8]
    /// The part of the request that is not sent yet.
    var output: PendingOutput
    /// All of the request is in `output`, or sent.
    private(set) var isWhole: Bool
    var link: UpstreamLink?
    /// The client was asked to pause its body.
    private var isHeld = false
    /// The file that a script wants to be sent instead of its body, with the head of its answer.
    var file: (file: FastCGIAnswerReader.File, head: PassedHead)?
    /// The request itself, where a file may be sent instead of an answer; nil: it may not.
    let request: Request?
    /// The rest of the request's body, when all of it was here before the server was asked.
    private var source: Spool?
    /// The part of the answer that the client has not taken yet; nil: the server waits for the client.
    let answer: Spool?
    /// `isClientBehind`: the client takes no more for now. `isAnswerWhole`: nothing follows what `answer` has.
    private(set) var isClientBehind = false
    private var isAnswerWhole = false
    /// The number of connections that have borne it.
    var tries = 0
    /// The deadline of the answer's beginning, in milliseconds of the monotonic clock; nil before all was sent.
    var answerDeadline: Int64?

    init(
        _ client: StreamedExchange, _ server: Upstream, _ shape: Shape, head: [UInt8], isWhole: Bool,
        request: Request? = nil,
        answer: Spool? = nil
    ) {
        self.request = request
        self.answer = answer
        token = client.token
        self.server = server
        self.shape = shape
        self.head = head
        self.isWhole = isWhole
        output = PendingOutput(head)
    }

    /// Makes it ready to be sent once more. One with a body goes again only when nothing of it was sent: then all is here.
    func rewind() { if shape.isRepeatable { output = PendingOutput(head) } }

    /// The server takes no more of it.
    func dropOutput() {
        output = PendingOutput()
        source = nil
    }

    /// The exchange with the client, unless it is over.
    func client(_ turn: borrowing Turn) -> StreamedExchange? { turn.exchange(token) }

    // MARK: From the client to the server

    func take(_ piece: Span<UInt8>, _ client: StreamedExchange, _ turn: inout Turn) {
        if link?.machine.isTunnel == true {
            output.append(0..<piece.count, of: piece)
        } else {
            write(piece)
        }
        link?.sendRequest(&turn)
        guard output.count > StreamedExchange.highWater, !isHeld else { return }
        isHeld = true
        client.holdBody(&turn)
    }

    private func write(_ piece: Span<UInt8>) {
        switch shape.bodyCoding {
        case .plain: output.append(0..<piece.count, of: piece)
        case .chunked:
            output.append { $0.append(hexadecimal: piece.count) }
            output.append { $0.append(ascii: "\r\n") }
            output.append(0..<piece.count, of: piece)
            output.append { $0.append(ascii: "\r\n") }
        case .records:
            var records: [UInt8] = []
            FastCGI.append(FastCGI.Kind.stdin, piece, to: &records)
            output.append(records[...])
        }
    }

    func bodyEnded(_ client: StreamedExchange, _ turn: inout Turn) {
        if link?.machine.isTunnel == true { isWhole = true } else { endBody() }
        link?.sendRequest(&turn)
    }

    private func endBody() {
        isWhole = true
        switch shape.bodyCoding {
        case .plain: break
        case .chunked: output.append { $0.append(ascii: "0\r\n\r\n") }
        case .records: output.append { FastCGI.appendEnd(FastCGI.Kind.stdin, to: &$0) }
        }
    }

    /// Has a body sent that is here whole.
    func send(_ body: Spool) throws(SystemError) {
        guard !isWhole else { return }
        source = body
        try refill()
    }

    /// Writes the next piece of such a body. There is nothing more when the output is empty behind it.
    func refill() throws(SystemError) {
        guard let source, !isWhole else { return }
        let piece = try source.take(upTo: StreamedExchange.highWater)
        write(piece.span)
        guard source.isEmpty else { return }
        self.source = nil
        endBody()
    }

    // MARK: From the server to the client

    /// The server has begun its answer.
    func begin(_ head: PassedHead, _ turn: inout Turn) {
        guard let client = client(turn) else { return }
        let status = Status(code: UInt16(head.status))
        client.beginAnswer(
            AnswerHead(
                status: status, fields: client.ruled(head.fields, status, turn), length: head.length, endsEarly: true,
                hasDate: head.hasDate,
                hasID: head.hasID), &turn)
    }

    /// The server's answer is whole: ends the client's, or sends the file that it asks for.
    func finishAnswer(_ turn: inout Turn) {
        guard let client = client(turn) else { return }
        guard let (file, head) = file, let request else {
            isAnswerWhole = true
            // A client that is behind gets the rest first.
            if !isClientBehind { client.endAnswer(&turn) }
            return
        }
        switch turn.site.virtualHosts[client.connection.exchange.place.host].find(file) {
        case .file(let found):
            guard let entry = FileCache.Entry(found) else { return client.answer(.internalServerError, &turn) }
            SentFile(entry, head, request).send(to: client, &turn)
        case .unavailable(let error): client.answer(turn.resolver.status(of: error, at: turn.now), &turn)
        case .directory, .denied, .none:
            server.say(
                "a script asks for a file to be sent that is not there, or not below the directory", at: turn.now)
            client.answer(.notFound, &turn)
        }
    }

    /// It got no connection, or no answer: the client hears why.
    func fail(_ failure: UpstreamPool.Failure, _ turn: inout Turn) {
        turn.scoreboard.add(.upstreamErrors)
        let status: Status =
            switch failure {
            case .unreachable: .badGateway
            case .tooSlow: .gatewayTimeout
            case .busy: .serviceUnavailable
            }
        client(turn)?.answer(status, &turn)
    }

    /// Keeps a piece of the answer for a client that is behind. False when the client keeps up: then it is its.
    func keep(_ piece: Span<UInt8>) throws(SystemError) -> Bool {
        guard let answer, isClientBehind else { return false }
        try answer.append(piece)
        return true
    }

    /// The client does not keep up. False when the server has to wait for it.
    func fallBehind() -> Bool {
        isClientBehind = answer != nil
        return isClientBehind
    }

    /// From here on the client's bytes go on as they are, until its end.
    func beginTunnel() { isWhole = false }

    func goOn(_ client: StreamedExchange, _ turn: inout Turn) {
        while let answer, !answer.isEmpty {
            do throws(SystemError) {
                let piece = try answer.take(upTo: StreamedExchange.highWater)
                // Once it is written down, the server may go on with what would have been too much before.
                if let link, link.isPaused, answer.count < Self.maxKept / 2 { link.resume(&turn) }
                if !client.append(piece.span, &turn) { return }
            } catch {
                turn.spools.noteFailure(error, at: turn.now)
                turn.scoreboard.add(.upstreamErrors)
                client.breakAnswer(&turn)
                return server.forget(self, &turn)
            }
        }
        isClientBehind = false
        if isAnswerWhole { return client.endAnswer(&turn) }
        link?.resume(&turn)
    }

    /// Bytes of an answer that are kept for a client that is behind; then the server waits.
    static let maxKept = 1 << 30

    func cancelled(_ client: StreamedExchange, _ turn: inout Turn) { server.forget(self, &turn) }

    /// The server took some: the client's body may go on.
    func outputWasTaken(_ turn: inout Turn) {
        guard isHeld, output.count < StreamedExchange.lowWater else { return }
        isHeld = false
        client(turn)?.resumeBody(&turn)
    }
}
