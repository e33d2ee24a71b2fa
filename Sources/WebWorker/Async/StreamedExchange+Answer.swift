internal import Handoff
internal import Linux

extension StreamedExchange {
    /// Begins the answer. Its body follows by `append`.
    func beginAnswer(_ head: AnswerHead, _ turn: inout Turn) {
        guard !isOver, connection.machine.mayAnswer else { return }
        var head = head
        compressor = turn.compressors.prepare(&head, connection.exchange, turn.site)
        answerFraming = framing(of: head)
        let moreBytes = !connection.machine.bodyArrives && (moreBytes || !connection.input.isEmpty)
        // The connection ends behind an answer in front of the end of its request's body, and says so here, when nobody
        // knows yet whether the rest comes first (RFC 9112 section 9.6).
        let isLast =
            connection.machine.answerIsLast(moreBytes: moreBytes) || answerFraming == .untilClose
            || owesContinue || head.endsEarly && connection.machine.bodyArrives
        // Written apart from what the turn's output has, which may be another connection's.
        let start = turn.out.count
        turn.out.append(statusLine: head.status)
        turn.out.append(contentsOf: head.fields)
        switch answerFraming {
        case .none where head.status.forbidsBody: break
        case .none: if let length = head.length { turn.out.append(contentLength: length) }
        case .length(let length): turn.out.append(contentLength: length)
        case .chunked: turn.out.append(ascii: "Transfer-Encoding: chunked\r\n")
        case .untilClose, .raw: break
        }
        connection.writer.finishHead(head.status, isLast: isLast, hasDate: head.hasDate, hasID: head.hasID, &turn)
        connection.outgoing.pending.append(turn.out[start...])
        turn.out.removeLast(turn.out.count - start)
        turn.makeDue(connection)
        connection.exchange.logged?.status = head.status
        connection.tell(.answerBegan(isLast: isLast), &turn)
    }

    /// The field lines of a server behind, less those in whose place the rules for the path have others.
    func ruled(_ fields: [UInt8], _ status: Status, _ turn: borrowing Turn) -> [UInt8] {
        let rule = connection.exchange.place.rule
        guard rule != RuleMatch(), let rules = turn.site.rules(at: connection.exchange.place) else { return fields }
        return rules.applied(to: fields, rule, status: Int(status.rawValue))
    }

    private func framing(of head: AnswerHead) -> AnswerFraming {
        guard !connection.exchange.isHead, !head.status.forbidsBody else { return .none }
        if let length = head.length { return .length(length) }
        return connection.exchange.isVersion10 ? .untilClose : .chunked
    }

    /// Writes a piece of the answer's body. False when the client does not keep up: then more should come only after
    /// `goOn`. More than the announced length breaks the answer off.
    @discardableResult
    func append(_ piece: Span<UInt8>, _ turn: inout Turn) -> Bool {
        guard !isOver, connection.machine.isAnswering else { return false }
        guard !piece.isEmpty else { return !isPaused }
        if let compressor { return compress(piece, by: compressor, &turn) }
        return pass(piece, &turn)
    }

    /// Gives bytes to the client, framed.
    @discardableResult
    func pass(_ piece: Span<UInt8>, _ turn: inout Turn) -> Bool {
        guard !piece.isEmpty else { return !isPaused }
        connection.exchange.logged?.bytes += piece.count
        switch answerFraming {
        case .none: return true
        case .length(let missing):
            guard piece.count <= missing else {
                breakLength("more", &turn)
                return false
            }
            answerFraming = .length(missing - piece.count)
            connection.outgoing.pending.append(0..<piece.count, of: piece)
        case .chunked:
            connection.outgoing.pending.append { bytes in
                bytes.append(hexadecimal: piece.count)
                bytes.append(ascii: "\r\n")
            }
            connection.outgoing.pending.append(0..<piece.count, of: piece)
            connection.outgoing.pending.append { $0.append(ascii: "\r\n") }
        case .untilClose, .raw: connection.outgoing.pending.append(0..<piece.count, of: piece)
        }
        turn.makeDue(connection)
        if connection.outgoing.pending.count > Self.highWater { isPaused = true }
        return !isPaused
    }

    /// Gives bytes and the parts of a file that follow them in place of an announced body, which they are as long as.
    func append(_ pieces: [OutgoingFile.Piece], of file: FoundFile) {
        guard !isOver, case .length = answerFraming else { return }
        connection.exchange.logged?.bytes += pieces.reduce(0) { $0 + $1.front.count + $1.part.count }
        answerFraming = .length(0)
        connection.file = OutgoingFile(file, pieces: pieces)
    }

    /// Ends the answer. One that is shorter than it said is broken off.
    func endAnswer(_ turn: inout Turn) {
        guard !isOver, connection.machine.isAnswering else { return }
        if case .length(1...) = answerFraming { return breakLength("fewer", &turn) }
        if let compressor {
            guard !compressor.isEnding else { return }
            guard compressor.end() else { return breakLength("fewer", &turn) }
            // What waits goes through first.
            handler = nil
            return turn.makeDue(connection)
        }
        if answerFraming == .chunked { connection.outgoing.pending.append { $0.append(ascii: "0\r\n\r\n") } }
        connection.stream = nil
        connection.writer.noteStream(turn)
        connection.tell(.answerEnded, &turn)
        turn.makeDue(connection)
    }

    func answer(_ response: Response, _ turn: inout Turn) {
        guard !isOver, connection.machine.mayAnswer else { return }
        var fields: [UInt8] = []
        guard response.status.rawValue >= 200, response.headers.write(to: &fields) else {
            StandardError.line("WebWorker: a handler's status or field cannot be sent: the answer is 500")
            return answer(.internalServerError, &turn)
        }
        beginAnswer(
            AnswerHead(status: response.status, fields: fields, length: response.body.count, endsEarly: true), &turn)
        append(response.body.span, &turn)
        endAnswer(&turn)
    }

    /// Gives an answer that only says its status.
    func answer(_ status: Status, _ turn: inout Turn) {
        answer(turn.site.statusPage(status, at: connection.exchange.place), &turn)
    }

    /// Closes the connection of an answer that is not as long as it said.
    func breakLength(_ amount: StaticString, _ turn: inout Turn) {
        StandardError.line("WebWorker: an answer has \(amount) bytes than its Content-Length: closing the connection")
        breakAnswer(&turn)
    }

    /// The answer cannot be ended: closes the connection, so that the client sees it. Before it has begun it is 500.
    func breakAnswer(_ turn: inout Turn) {
        guard !isOver, compressor?.isEnding != true else { return }
        if connection.machine.mayAnswer { return answer(.internalServerError, &turn) }
        handler = nil
        // What was written in this turn is the client's, as far as it takes it now.
        connection.outgoing.sendLast(to: connection.socket, by: connection.tls, turn.scoreboard)
        connection.writer.noteStream(turn)
        connection.tell(.answerBroken, &turn)
    }

    /// Answers 101 with these field lines (Connection and Upgrade among them); from then on bytes go both ways as they
    /// are, until `endAnswer`. The request must have no body.
    func upgrade(fields: [UInt8], _ turn: inout Turn) {
        guard !isOver, connection.machine.mayAnswer, !connection.machine.bodyArrives else { return }
        answerFraming = .raw
        connection.outgoing.pending.append { bytes in
            bytes.append(statusLine: .switchingProtocols)
            bytes.append(contentsOf: fields)
            bytes.append(ascii: "\r\n")
        }
        turn.count(.switchingProtocols, at: connection.exchange.place)
        connection.exchange.logged?.status = .switchingProtocols
        connection.tell(.upgraded, &turn)
        turn.makeDue(connection)
    }
}
