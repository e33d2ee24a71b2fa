internal import Handoff
internal import Linux

extension WorkerLoop {
    /// Finds what answers a whole request and has it answered: here and now, or on the pool.
    mutating func route(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ body: [UInt8], _ connection: Connection, moreBytes: Bool
    ) {
        connection.exchange.since = turnStart
        if let hosts = site.hosts {
            let verdict = hosts.verdict(head.authority.range, bytes)
            guard verdict == .serve else { return answer(verdict, head, bytes, connection, moreBytes: moreBytes) }
        }
        switch site.routes.match(head.method, head.path.range, bytes, captures: &captures) {
        case .endpoint(let index):
            switch site.endpoints[index] {
            case .constant(let answer): write(answer, connection, moreBytes: moreBytes)
            case .handler(let handler):
                let request = request(head, bytes, body, endpoint: index, connection)
                countLatency()  // Those before it did not wait for this handler.
                write(request.answered(by: handler), connection, moreBytes: moreBytes)
            case .blocking(let handler):
                let request = request(head, bytes, body, endpoint: index, connection)
                guard pool.submit(.answer(token: connection.token, request, handler)) else {
                    return writeStatus(.serviceUnavailable, connection, moreBytes: moreBytes)
                }
                connection.isOnPool = true
            case .stream(let endpoint, _):
                let request = request(head, bytes, body, endpoint: index, connection)
                beginStream(endpoint, request, hasBody: false, connection, moreBytes: moreBytes)
            }
        case .wrongMethod(let allowed): refuseMethod(head.method, allowed, connection, moreBytes: moreBytes)
        case .none: routeWithoutEndpoint(head, bytes, connection, moreBytes: moreBytes)
        }
    }

    /// Answers a request for a host that is not served here.
    private mutating func answer(
        _ verdict: HostTable.Verdict, _ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection,
        moreBytes: Bool
    ) {
        guard case .redirect(let target) = verdict else {
            return writeStatus(.misdirectedRequest, connection, moreBytes: moreBytes)
        }
        let path = head.path.isEmpty ? "/" : bytes.text(head.path.range)
        let query = head.query.map { "?" + bytes.text($0.range) } ?? ""
        let response = Response(status: .permanentRedirect).with("Location", target + path + query)
        write(response, connection, moreBytes: moreBytes)
    }

    private mutating func routeWithoutEndpoint(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool
    ) {
        if head.form == .asterisk {
            return refuseMethod(.options, .reading, connection, moreBytes: moreBytes)
        }
        if head.method == .trace || head.goesNoFurther(bytes) {
            return refuseMethod(head.method, .reading, connection, moreBytes: moreBytes)
        }
        switch script(head, bytes) {
        case .endpoint(let script) where head.framing == .none:
            let request = request(head, bytes, [], endpoint: nil, connection)
            return beginStream(script, request, hasBody: false, connection, moreBytes: moreBytes)
        case .endpoint: return writeStatus(.serviceUnavailable, connection, moreBytes: moreBytes)  // Not there before.
        case .unavailable(let error): return writeUnavailable(error, connection, moreBytes: moreBytes)
        case .none: break
        }
        // A file that is there goes before a server behind, which then need not know of it.
        let isRead = head.method == .get || head.method == .head
        if site.files == nil || !isRead, forward(head, bytes, connection, moreBytes: moreBytes) { return }
        if head.method == .other { return writeStatus(.notImplemented, connection, moreBytes: moreBytes) }
        routeToFile(head, bytes, connection, moreBytes: moreBytes)
    }

    /// The script that the path names.
    mutating func script(_ head: RequestHead, _ bytes: Span<UInt8>) -> Scripts.Match {
        guard let scripts = site.scripts, head.method != .trace, !head.goesNoFurther(bytes) else { return .none }
        return scripts.match(head.path.range, bytes, &knownScripts, before: site.files, now: now)
    }

    /// Hands a request without a body to the server behind that its path belongs to; false when there is none.
    mutating func forward(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool
    ) -> Bool {
        guard site.hasStreams, head.framing == .none, let endpoint = site.behind(head, bytes) else {
            return false
        }
        let request = request(head, bytes, [], endpoint: nil, connection)
        beginStream(endpoint, request, hasBody: false, connection, moreBytes: moreBytes)
        return true
    }

    /// The request with bytes of its own.
    func request(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ body: [UInt8], endpoint: Int?, _ connection: Connection
    ) -> Request {
        let copy = bytes.bytes(0..<bytes.count)
        let names = endpoint.map { site.routes.parameterNames(of: $0) } ?? []
        let parameters = Parameters(names: names, captures: names.isEmpty ? [] : captures, bytes: copy)
        return Request(
            method: head.method, body: body, parameters: parameters, head: head, bytes: copy,
            name: connection.exchange.id,
            fields: body.isEmpty && head.query == nil ? nil : ReadFields(maxFields: configuration.maxFormFields))
    }

    /// The answers of the pool: each goes out if its connection is still there.
    mutating func takeResults() {
        for result in pool.takeResults() {
            guard let connection = connection(result.token) else { continue }
            connection.isOnPool = false
            write(result.response, connection, moreBytes: !connection.input.isEmpty)
            advance(connection)
            settle(connection)
        }
    }

    /// Writes an answer into the output.
    mutating func write(_ response: Response, _ connection: Connection, moreBytes: Bool) {
        guard response.stream == nil else { return stream(response, connection, moreBytes: moreBytes) }
        guard PreparedAnswer.encode(response, to: &out) else {
            StandardError.line("WebWorker: a handler's status or field cannot be sent: the answer is 500")
            return writeStatus(.internalServerError, connection, moreBytes: moreBytes)
        }
        endHead(response.status, connection, body: response.body.count, moreBytes: moreBytes)
        if !connection.exchange.isHead, !response.status.forbidsBody { out.append(contentsOf: response.body) }
    }

    /// Writes an answer that was encoded before.
    mutating func write(_ answer: PreparedAnswer, _ connection: Connection, moreBytes: Bool) {
        out.append(bytes: answer.head)
        endHead(answer.status, connection, body: answer.body.count, moreBytes: moreBytes)
        if !connection.exchange.isHead { out.append(bytes: answer.body) }
    }

    /// Writes an answer that only says its status.
    mutating func writeStatus(_ status: Status, _ connection: Connection, moreBytes: Bool) {
        write(statusPage(status), connection, moreBytes: moreBytes)
    }

    mutating func refuseMethod(_ method: Method, _ allowed: MethodSet, _ connection: Connection, moreBytes: Bool) {
        let status: Status = method == .options ? .noContent : method == .other ? .notImplemented : .methodNotAllowed
        guard status == .noContent else {
            return write(statusPage(status).with("Allow", allowed.names), connection, moreBytes: moreBytes)
        }
        out.append(statusLine: status)
        out.append(ascii: "Allow: ")
        out.append(contentsOf: allowed.names.utf8)
        out.append(ascii: "\r\n")
        endHead(status, connection, body: 0, moreBytes: moreBytes)
    }

    /// Adds what depends on the moment and the connection, and ends the head of an answer with so many bytes of body.
    mutating func endHead(_ status: Status, _ connection: Connection, body: Int, moreBytes: Bool) {
        let isLast = connection.machine.answerIsLast(moreBytes: moreBytes)
        finishHead(status, connection, isLast: isLast)
        if log != nil { note(status, connection.exchange.isHead ? 0 : body, connection) }
        perform(connection.handle(.answered(isLast: isLast)), connection)
    }

    /// The same for an answer that may go on.
    @inline(__always)
    mutating func finishHead(
        _ status: Status, _ connection: Connection, isLast: Bool, hasDate: Bool = false, hasID: Bool = false
    ) {
        if !hasDate {
            if now >= nextDate { updateDate() }
            out.append(bytes: dateLine.bytes)
        }
        if !hasID { connection.exchange.id?.write(to: &out) }
        if configuration.serverTiming { writeTiming(connection) }
        if isLast {
            out.append(ascii: "Connection: close\r\n")
        } else if connection.exchange.isVersion10 {
            out.append(ascii: "Connection: keep-alive\r\n")
        }
        out.append(ascii: "\r\n")
        scoreboard.count(status)
        if connection.exchange.since == turnStart {
            answeredInTurn += 1
        } else {
            scoreboard.count(microseconds: turnStart - connection.exchange.since)
        }
    }

    /// How long the worker took for the answer so far (Server Timing, W3C), in milliseconds.
    private mutating func writeTiming(_ connection: Connection) {
        let microseconds = max(0, MonotonicClock.microseconds() - connection.exchange.since)
        out.append(ascii: "Server-Timing: total;dur=")
        out.append(milliseconds: microseconds)
        out.append(ascii: "\r\n")
    }

    /// Counts how long the answers of this turn took: one look at the clock for all of them. What is counted is the
    /// worker's own time, from the turn that had the whole request to the answer's first bytes.
    mutating func countLatency() {
        guard answeredInTurn > 0 else { return }
        scoreboard.count(microseconds: MonotonicClock.microseconds() - turnStart, answers: answeredInTurn)
        answeredInTurn = 0
    }

    /// Writes a refusal; the connection ends behind it.
    mutating func writeRefusal(_ refusal: Refusal, _ connection: Connection) {
        connection.input = []
        connection.arriving = nil
        cancelStream(connection)
        let page = PreparedAnswer(statusPage(refusal.status))
        out.append(contentsOf: page?.head ?? [])
        updateDate()
        out.append(contentsOf: dateLine.bytes)
        if refusal == .noRoom { out.append(ascii: "Retry-After: 5\r\n") }
        out.append(ascii: "Connection: close\r\n\r\n")
        if !connection.exchange.isHead { out.append(contentsOf: page?.body ?? []) }
        scoreboard.count(refusal.status)
        if log != nil { note(refusal.status, connection.exchange.isHead ? 0 : page?.body.count ?? 0, connection) }
        perform(connection.handle(.refused), connection)
    }

    /// What the worker itself answers with a status: the site's page, or the status in words.
    func statusPage(_ status: Status) -> Response {
        site.errorPages[status] ?? Response(status: status, text: "\(status.rawValue) \(status.reason)\n")
    }

    mutating func updateDate() {
        dateLine.update(to: Self.clockSeconds())
        nextDate = now + 250
    }

    /// Seconds since 1970.
    static func clockSeconds() -> Int { Int(WallClock.now().components.seconds) }
}
