internal import Handoff
internal import Linux

// How exchanges in pieces go on: bodies to their handlers, and at the end of a turn what was written to its clients.
extension WorkerLoop {
    /// The endpoint that takes this request's body in pieces, with its number if it has a route; nil when another one
    /// answers it, or nobody.
    mutating func streamEndpoint(_ head: RequestHead, _ bytes: Span<UInt8>) -> (any StreamEndpoint, Int?)? {
        guard site.hasStreams, site.hosts?.verdict(head.authority.range, bytes) ?? .serve == .serve else { return nil }
        switch site.routes.match(head.method, head.path.range, bytes, captures: &captures) {
        case .endpoint(let index):
            guard case .stream(let endpoint, .streamed) = site.endpoints[index] else { return nil }
            return (endpoint, index)
        case .wrongMethod: return nil
        case .none:
            switch script(head, bytes) {
            case .endpoint(let script): return (script, nil)
            case .unavailable: return nil
            case .none: break
            }
            if head.method == .get || head.method == .head, isFile(head, bytes) { return nil }
            return site.behind(head, bytes).map { ($0, nil) }
        }
    }

    /// Hands a request whose head is whole to its endpoint.
    mutating func beginStream(
        _ endpoint: any StreamEndpoint, _ request: Request, hasBody: Bool, _ connection: Connection, moreBytes: Bool
    ) {
        connection.exchange.since = turnStart
        let stream = openStream(request.head.framing, connection, moreBytes: moreBytes && !hasBody)
        if hasBody {
            perform(connection.handle(.bodyStreamed), connection)
            stream.owesContinue = request.head.expectsContinue && !moreBytes
        }
        putOutAside(connection)
        countLatency()
        let handler = endpoint.begin(request, hasBody: hasBody, stream.token, &self)
        guard connection.stream === stream else { return }
        stream.handler = handler
        askForBody(connection, stream)
    }

    /// Makes the request in hand an exchange in pieces.
    mutating func openStream(
        _ bodyFraming: BodyFraming, _ connection: Connection, moreBytes: Bool
    ) -> StreamedExchange {
        let token = nextRegistration() | UInt64(UInt32(truncatingIfNeeded: connection.descriptorIndex))
        let stream = StreamedExchange(token: token, bodyFraming, since: now, moreBytes: moreBytes)
        connection.stream = stream
        return stream
    }

    /// Keeps answers to earlier requests, which go first: pieces go straight behind what the client has not taken yet.
    mutating func putOutAside(_ connection: Connection) {
        guard !out.isEmpty else { return }
        connection.output.append(out[...])
        emptyOut()
    }

    /// Says 100 if the client waits for it and its body is wanted now.
    mutating func askForBody(_ connection: Connection, _ stream: StreamedExchange) {
        guard stream.owesContinue, connection.machine.takesBody, connection.machine.mayAnswer else { return }
        stream.owesContinue = false
        connection.output.append { $0.append(ascii: "HTTP/1.1 100 Continue\r\n\r\n") }
        scoreboard.add(.informational)
        makeDue(connection)
    }

    /// Gives bytes of a body to its handler. Returns where the rest begins that is not the body's, or not wanted now.
    mutating func streamBody(
        _ bytes: Span<UInt8>, from start: Int, _ connection: Connection, _ stream: StreamedExchange
    ) -> Int {
        stream.owesContinue = false
        switch connection.machine.isTunnel ? .none : stream.bodyFraming {
        case .none:
            give(bytes.extracting(start...), connection, stream)
            return bytes.count
        case .length(let length):
            let count = min(Int(length) - stream.received, bytes.count - start)
            let isWhole = stream.received + count == Int(length)
            give(bytes.extracting(start..<start + count), connection, stream)
            if isWhole { endBody(connection, stream) }
            return start + count
        case .chunked:
            var piece: [UInt8] = []
            let limit = configuration.maxBodyBytes - stream.received
            let outcome = stream.decoder.decode(bytes, from: start, into: &piece, limit: limit)
            if case .malformed(let refusal) = outcome {
                perform(connection.handle(.bodyFailed(refusal)), connection)
                return bytes.count
            }
            give(piece.span, connection, stream)
            guard case .complete(let end) = outcome else { return bytes.count }
            endBody(connection, stream)
            return end
        }
    }

    private mutating func give(_ piece: Span<UInt8>, _ connection: Connection, _ stream: StreamedExchange) {
        guard !piece.isEmpty else { return }
        stream.received += piece.count
        stream.handler?.take(piece, stream.token, &self)
    }

    /// The body is whole, unless its handler has ended the exchange in the meantime.
    private mutating func endBody(_ connection: Connection, _ stream: StreamedExchange) {
        guard connection.stream === stream, connection.machine.bodyArrives else { return }
        perform(connection.handle(.bodyEnded), connection)
        stream.handler?.bodyEnded(stream.token, &self)
    }

    /// Has the loop look at a connection at the end of the turn.
    mutating func makeDue(_ connection: Connection) {
        guard !connection.isDue else { return }
        connection.isDue = true
        due.append(connection.token)
    }

    /// Sends what streams wrote in this turn, and lets those go on whose clients keep up. What these write then goes out
    /// in the next turn, which comes at once.
    mutating func runStreams() {
        guard !due.isEmpty else { return }
        var tokens: [UInt64] = []
        swap(&tokens, &due)
        for token in tokens {
            guard let connection = connection(token) else { continue }
            connection.isDue = false
            advance(connection)
            settle(connection)
            wake(connection)
        }
    }

    /// Tells a handler that its client has taken most of what it was given.
    mutating func wake(_ connection: Connection) {
        guard let stream = connection.stream, stream.isPaused,
            connection.output.count < StreamedExchange.lowWater
        else { return }
        stream.isPaused = false
        stream.handler?.goOn(stream.token, &self)
    }

    /// Tells the handler that it is over.
    mutating func cancelStream(_ connection: Connection) {
        guard let stream = connection.stream.take() else { return }
        noteStream(connection)
        // Where the close is the end of the body, only a reset tells that this is not it.
        if stream.answerFraming == .untilClose { try? connection.socket.setLinger(seconds: 0) }
        stream.handler?.cancelled(stream.token, &self)
    }

    /// Writes into the output of one connection, whichever is in hand.
    mutating func writeApart(_ connection: Connection, _ write: (inout WorkerLoop) -> Void) {
        let start = out.count
        write(&self)
        connection.output.append(out[start...])
        out.removeLast(out.count - start)
        makeDue(connection)
    }
}
