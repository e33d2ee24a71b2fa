internal import Handoff
internal import Linux

extension AnswerWriter {
    /// Has a whole request answered: here and now, on the pool, or in pieces.
    func answer(_ head: RequestHead, _ bytes: Span<UInt8>, _ body: [UInt8], _ turn: inout Turn) {
        connection.exchange.since = turn.start
        if connection.tls == nil, head.method.isRead, Challenges.isAsked(head.path.range, bytes),
            let proof = turn.site.challenges?.proof(head.path.range, bytes)
        {
            return write(Response(body: proof, type: "application/octet-stream"), &turn)
        }
        if let closed = turn.site.closed {
            connection.tell(.drainBegan, &turn)
            return write(closed, &turn)
        }
        let (place, isSecure) = (connection.exchange.place, connection.exchange.isSecure)
        switch turn.resolver.resolve(head, bytes, turn.site, at: place, isSecure: isSecure, now: turn.now) {
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
        case .directory: write(turn.site.redirectToDirectory(head, bytes), &turn)
        case .otherHost(let host): write(turn.site.redirect(head, bytes, to: host), &turn)
        case .redirect(let target, let status): write(turn.site.redirect(head, bytes, to: target, status), &turn)
        case .wrongMethod(let allowed): write(turn.site.refusal(head, bytes, allowed, at: place), &turn)
        case .status(let status): write(status, &turn)
        case .unavailable(let error): write(turn.resolver.status(of: error, at: turn.now), &turn)
        }
    }

    /// The request with bytes of its own.
    func request(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ body: [UInt8], route: Int?, _ turn: borrowing Turn
    ) -> Request {
        let copy = bytes.bytes(0..<bytes.count)
        let names = route.map { turn.site.routes.parameterNames(of: $0) } ?? []
        let parameters = Parameters(names: names, captures: names.isEmpty ? [] : turn.resolver.captures, bytes: copy)
        var request = Request(
            body: body, parameters: parameters, head: head, bytes: copy,
            name: connection.exchange.id,
            fields: body.isEmpty && head.query == nil ? nil : ReadFields(maxFields: turn.configuration.maxFormFields))
        request.isSecure = isSecure(head, bytes, turn.site.trusted)
        return request
    }

    /// Whether the client's own connection is encrypted. Who it is, is asked only where a proxy may tell.
    private func isSecure(_ head: RequestHead, _ bytes: Span<UInt8>, _ trusted: TrustedProxies) -> Bool {
        if trusted.isEmpty, connection.peer.client == nil { return connection.tls != nil }
        return connection.identity(trusted).isSecure(head, bytes)
    }
}
