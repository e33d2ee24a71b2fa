internal import Handoff
internal import Linux

// What stream handlers may ask of the loop. Nothing is sent at once: what was written in a turn goes out at its end, so
// that no call leads back into the handler that made it. A token whose exchange is over is passed over.
extension WorkerLoop {
    /// Begins the answer. Its body follows by `append`.
    mutating func beginAnswer(_ token: UInt64, _ head: AnswerHead) {
        guard let (connection, stream) = exchange(token), connection.machine.mayAnswer else { return }
        let framing = answerFraming(head, connection.exchange)
        stream.answerFraming = framing
        let moreBytes = !connection.machine.bodyArrives && (stream.moreBytes || !connection.input.isEmpty)
        // The connection ends behind an answer in front of the end of its request's body, and says so here, when nobody
        // knows yet whether the rest comes first (RFC 9112 section 9.6).
        let isLast =
            connection.machine.answerIsLast(moreBytes: moreBytes) || framing == .untilClose
            || stream.owesContinue || head.endsEarly && connection.machine.bodyArrives
        writeApart(connection) { loop in
            loop.out.append(statusLine: head.status)
            loop.out.append(contentsOf: head.fields)
            switch framing {
            case .none where head.status.forbidsBody: break
            case .none: if let length = head.length { loop.out.append(contentLength: length) }
            case .length(let length): loop.out.append(contentLength: length)
            case .chunked: loop.out.append(ascii: "Transfer-Encoding: chunked\r\n")
            case .untilClose, .raw: break
            }
            loop.finishHead(head.status, connection, isLast: isLast, hasDate: head.hasDate, hasID: head.hasID)
        }
        connection.exchange.logged?.status = head.status
        perform(connection.handle(.answerBegan(isLast: isLast)), connection)
    }

    /// Writes a piece of the answer's body. False when the client does not keep up: then more should come only after
    /// `goOn`. More than the announced length breaks the answer off.
    @discardableResult
    mutating func append(_ token: UInt64, _ piece: Span<UInt8>) -> Bool {
        guard let (connection, stream) = exchange(token), connection.machine.isAnswering else { return false }
        guard !piece.isEmpty else { return !stream.isPaused }
        connection.exchange.logged?.bytes += piece.count
        switch stream.answerFraming {
        case .none: return true
        case .length(let missing):
            guard piece.count <= missing else {
                StandardError.line(
                    "WebWorker: an answer has more bytes than its Content-Length: closing the connection")
                breakAnswer(token)
                return false
            }
            stream.answerFraming = .length(missing - piece.count)
            connection.output.append(0..<piece.count, of: piece)
        case .chunked:
            connection.output.append { bytes in
                bytes.append(hexadecimal: piece.count)
                bytes.append(ascii: "\r\n")
            }
            connection.output.append(0..<piece.count, of: piece)
            connection.output.append { $0.append(ascii: "\r\n") }
        case .untilClose, .raw: connection.output.append(0..<piece.count, of: piece)
        }
        makeDue(connection)
        if connection.output.count > StreamedExchange.highWater { stream.isPaused = true }
        return !stream.isPaused
    }

    /// Ends the answer. One that is shorter than it said is broken off.
    mutating func endAnswer(_ token: UInt64) {
        guard let (connection, stream) = exchange(token), connection.machine.isAnswering else { return }
        if case .length(1...) = stream.answerFraming {
            StandardError.line("WebWorker: an answer has fewer bytes than its Content-Length: closing the connection")
            return breakAnswer(token)
        }
        if stream.answerFraming == .chunked { connection.output.append { $0.append(ascii: "0\r\n\r\n") } }
        connection.stream = nil
        noteStream(connection)
        perform(connection.handle(.answerEnded), connection)
        makeDue(connection)
    }

    /// Gives an answer whole.
    mutating func answer(_ token: UInt64, _ response: Response) {
        guard let (connection, _) = exchange(token), connection.machine.mayAnswer else { return }
        var fields: [UInt8] = []
        guard response.status.rawValue >= 200, response.headers.write(to: &fields) else {
            StandardError.line("WebWorker: a handler's status or field cannot be sent: the answer is 500")
            return answer(token, statusPage(.internalServerError))
        }
        beginAnswer(
            token, AnswerHead(status: response.status, fields: fields, length: response.body.count, endsEarly: true))
        append(token, response.body.span)
        endAnswer(token)
    }

    /// The answer cannot be ended: closes the connection, so that the client sees it. Also before the answer has begun.
    mutating func breakAnswer(_ token: UInt64) {
        guard let (connection, stream) = exchange(token) else { return }
        stream.handler = nil
        // What was written in this turn is the client's, as far as it takes it now.
        if !connection.output.isEmpty,
            case .bytes(let count)? = try? connection.output.send(to: connection.socket, more: false)
        {
            scoreboard.add(.bytesOut, count)
        }
        noteStream(connection)
        perform(connection.handle(.answerBroken), connection)
    }

    /// Answers 101 with these field lines (Connection and Upgrade among them); from then on bytes go both ways as they
    /// are, until `endAnswer`. The request must have no body.
    mutating func upgrade(_ token: UInt64, fields: [UInt8]) {
        guard let (connection, stream) = exchange(token), connection.machine.mayAnswer,
            !connection.machine.bodyArrives
        else { return }
        stream.answerFraming = .raw
        connection.output.append { bytes in
            bytes.append(statusLine: .switchingProtocols)
            bytes.append(contentsOf: fields)
            bytes.append(ascii: "\r\n")
        }
        scoreboard.count(.switchingProtocols)
        connection.exchange.logged?.status = .switchingProtocols
        perform(connection.handle(.upgraded), connection)
        makeDue(connection)
    }

    /// Stops reading the request's body until `resumeBody`.
    mutating func holdBody(_ token: UInt64) {
        guard let (connection, _) = exchange(token) else { return }
        perform(connection.handle(.bodyHeld), connection)
    }

    /// Goes on with the request's body.
    mutating func resumeBody(_ token: UInt64) {
        guard let (connection, stream) = exchange(token), connection.machine.bodyArrives else { return }
        perform(connection.handle(.bodyResumed), connection)
        // What the handler took is not the client's time.
        stream.since = now
        stream.receivedBefore = stream.received
        askForBody(connection, stream)
        makeDue(connection)
    }

    /// The exchange of a token with its connection, unless it is over.
    func exchange(_ token: UInt64) -> (Connection, StreamedExchange)? {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < connections.count, let connection = connections[index], let stream = connection.stream,
            stream.token == token
        else { return nil }
        return (connection, stream)
    }

    private func answerFraming(_ head: AnswerHead, _ exchange: Exchange) -> StreamedExchange.AnswerFraming {
        guard !exchange.isHead, !head.status.forbidsBody else { return .none }
        if let length = head.length { return .length(length) }
        return exchange.isVersion10 ? .untilClose : .chunked
    }
}
