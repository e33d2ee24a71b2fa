internal import Handoff
internal import Linux

extension AnswerWriter {
    /// Has a whole request answered: here and now, on the pool, or in pieces.
    func answer(_ head: RequestHead, _ bytes: Span<UInt8>, _ body: [UInt8], _ turn: inout Turn) {
        connection.exchange.since = turn.start
        switch turn.resolver.resolve(head, bytes, turn.site, now: turn.now) {
        case .route(let route):
            switch turn.site.endpoints[route] {
            case .constant(let answer): write(answer, &turn)
            case .handler(let handler):
                let request = request(head, bytes, body, route: route, turn)
                turn.countLatency()  // Those before it did not wait for this handler.
                write(request.answered(by: handler), &turn)
            case .blocking(let handler):
                let request = request(head, bytes, body, route: route, turn)
                connection.isOnPool = turn.pool.submit(.answer(token: connection.token, request, handler))
                if !connection.isOnPool { write(.serviceUnavailable, &turn) }
            case .stream(let endpoint, _):
                let request = request(head, bytes, body, route: route, turn)
                StreamedExchange.begin(endpoint, request, hasBody: false, connection, &turn)
            }
        case .file(let entry):
            // So that no file is newer than the Date of its answer (RFC 9110 section 8.8.2.1).
            if entry.readAt == turn.now { turn.updateDate() }
            FileAnswer(self, entry).write(head, bytes, &turn)
        case .stream(let endpoint):
            // It was not there when the body began, and would have taken it in pieces.
            guard head.framing == .none else { return write(.serviceUnavailable, &turn) }
            let request = request(head, bytes, [], route: nil, turn)
            StreamedExchange.begin(endpoint, request, hasBody: false, connection, &turn)
        case .directory: write(.redirect(head, bytes, below: "", path: bytes.text(head.path.range) + "/"), &turn)
        case .otherHost(let host):
            write(.redirect(head, bytes, below: host, path: bytes.text(head.path.range)), &turn)
        case .wrongMethod(let allowed): refuse(head.method, allowed, &turn)
        case .status(let status): write(status, &turn)
        case .unavailable(let error):
            turn.resolver.files.noteUnavailable(error, at: turn.now)
            write(error.isPassing ? .serviceUnavailable : .forbidden, &turn)
        }
    }

    /// The request with bytes of its own.
    func request(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ body: [UInt8], route: Int?, _ turn: borrowing Turn
    ) -> Request {
        let copy = bytes.bytes(0..<bytes.count)
        let names = route.map { turn.site.routes.parameterNames(of: $0) } ?? []
        let parameters = Parameters(names: names, captures: names.isEmpty ? [] : turn.resolver.captures, bytes: copy)
        return Request(
            method: head.method, body: body, parameters: parameters, head: head, bytes: copy,
            name: connection.exchange.id,
            fields: body.isEmpty && head.query == nil ? nil : ReadFields(maxFields: turn.configuration.maxFormFields))
    }
}

extension Response {
    /// Leads to the same query at another place. A path has no empty segment, so none can lead to another host
    /// ("//example.com/").
    fileprivate static func redirect(
        _ head: RequestHead, _ bytes: Span<UInt8>, below origin: String, path: String
    ) -> Response {
        let query = head.query.map { "?" + bytes.text($0.range) } ?? ""
        return Response(status: .permanentRedirect).with("Location", origin + (path.isEmpty ? "/" : path) + query)
    }
}
