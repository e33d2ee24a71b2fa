internal import Handoff
internal import Linux

/// Writes the answer to the request in hand of a connection into the turn's output.
struct AnswerWriter {
    let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// Writes a handler's answer; one that cannot be encoded becomes a 500.
    func write(_ response: Response, _ turn: inout Turn) {
        guard response.stream == nil else { return StreamedExchange.begin(response, connection, &turn) }
        let start = turn.out.count
        guard PreparedAnswer.encode(response, to: &turn.out) else {
            StandardError.line("WebWorker: a handler's status or field cannot be sent: the answer is 500")
            return write(.internalServerError, &turn)
        }
        if response.body.count >= turn.compressors.leastBytes,
            compresses(response.status, response.body, from: start, &turn)
        {
            return
        }
        endHead(response.status, body: response.body.count, &turn)
        if !connection.exchange.isHead, !response.status.forbidsBody { turn.out.append(contentsOf: response.body) }
    }

    /// Writes an answer that was encoded before.
    func write(_ answer: PreparedAnswer, _ turn: inout Turn) {
        let start = turn.out.count
        turn.out.append(bytes: answer.head)
        if answer.body.count >= turn.compressors.leastBytes,
            compresses(answer.status, answer.body, from: start, &turn)
        {
            return
        }
        endHead(answer.status, body: answer.body.count, &turn)
        if !connection.exchange.isHead { turn.out.append(bytes: answer.body) }
    }

    /// Writes an answer that only says its status.
    func write(_ status: Status, _ turn: inout Turn) {
        write(turn.site.statusPage(status, at: connection.exchange.place), &turn)
    }

    /// Adds what depends on the moment and the connection, and ends the head of an answer with so many bytes of body.
    func endHead(_ status: Status, body: Int, _ turn: inout Turn) {
        let isLast = connection.machine.answerIsLast(moreBytes: connection.exchange.moreBytes)
        finishHead(status, isLast: isLast, &turn)
        if !turn.logs.isEmpty { note(status, connection.exchange.isHead ? 0 : body, behind: turn.out.count, turn) }
        connection.tell(.answered(isLast: isLast), &turn)
    }

    /// The same for an answer that may go on.
    @inline(__always)
    func finishHead(
        _ status: Status, isLast: Bool, hasDate: Bool = false, hasID: Bool = false, _ turn: inout Turn
    ) {
        if !hasDate { turn.appendDate() }
        if !hasID { connection.exchange.id?.write(to: &turn.out) }
        let rule = connection.exchange.place.rule
        if rule.fields != 0 { turn.site.rules(at: connection.exchange.place)?.write(rule, to: &turn.out) }
        if connection.exchange.variesByCoding { turn.out.append(ascii: CompressibleFields.vary) }
        if turn.configuration.serverTiming { writeTiming(&turn) }
        if connection.exchange.isSecure, let https = turn.site.https { turn.out.append(bytes: https.line) }
        if isLast {
            turn.out.append(ascii: "Connection: close\r\n")
        } else if connection.exchange.isVersion10 {
            turn.out.append(ascii: "Connection: keep-alive\r\n")
        }
        turn.out.append(ascii: "\r\n")
        turn.count(status, at: connection.exchange.place)
        if connection.exchange.since == turn.start {
            turn.answered += 1
        } else {
            turn.scoreboard.count(microseconds: turn.start - connection.exchange.since)
        }
    }

    /// Server Timing (W3C): milliseconds of the worker for the answer so far.
    private func writeTiming(_ turn: inout Turn) {
        let microseconds = max(0, MonotonicClock.microseconds() - connection.exchange.since)
        turn.out.append(ascii: "Server-Timing: total;dur=")
        turn.out.append(milliseconds: microseconds)
        turn.out.append(ascii: "\r\n")
    }

    /// Writes the page of a refusal, behind which the connection closes.
    func write(_ refusal: Refusal, _ turn: inout Turn) {
        let isHead = connection.exchange.isHead
        // Where the site is closed a body is not even looked at; whatever else is wrong, the answer is the same.
        let page =
            turn.site.closed ?? PreparedAnswer(turn.site.statusPage(refusal.status, at: connection.exchange.place))
        let status = page?.status ?? refusal.status
        turn.out.append(contentsOf: page?.head ?? [])
        turn.updateDate()
        turn.appendDate()
        if refusal == .noRoom, turn.site.closed == nil { turn.out.append(ascii: "Retry-After: 5\r\n") }
        turn.out.append(ascii: "Connection: close\r\n\r\n")
        let body = isHead ? 0 : page?.body.count ?? 0
        if !isHead { turn.out.append(contentsOf: page?.body ?? []) }
        turn.count(status, at: connection.exchange.place)
        if !turn.logs.isEmpty { note(status, body, behind: turn.out.count - body, turn) }
    }
}
