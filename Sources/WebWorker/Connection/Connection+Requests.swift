internal import Handoff
internal import Linux

extension Connection {
    /// Takes a head that is whole.
    func takeHead(_ head: RequestHead, _ bytes: Span<UInt8>, moreBytes: Bool, _ turn: inout Turn) {
        let isTakenAway = turn.takesAway(self)
        exchange = Exchange(head, bytes, moreBytes: moreBytes, compresses: turn.compressors.isOn)
        if turn.configuration.requestIDs { exchange.id = name(of: head, bytes, &turn) }
        if !turn.logs.isEmpty { noteRequest(head, bytes, turn) }
        if turn.site.https != nil { exchange.isSecure = identity(turn.site.trusted).isSecure(head, bytes) }
        timer.wait = .none  // The time of a head that may follow in the same turn begins anew.
        let hasBody = head.framing != .none
        tell(.headEnded(keepAlive: head.isPersistent, hasBody: hasBody, isTakenAway: isTakenAway), &turn)
        guard !head.isPathNormal else { return begin(head, bytes, &turn) }
        // A head of its own, with the normal form behind its bytes: nobody looks at the path as it was sent.
        var (normal, text) = (head, bytes.bytes(0..<bytes.count))
        guard NormalPath.append(head.path.range, of: bytes, to: &text) else { return refuse(.target, &turn) }
        normal.path = ByteRange(bytes.count, text.count)
        begin(normal, text.span, &turn)
    }

    /// Takes down what the access log will say of a request.
    private func noteRequest(_ head: RequestHead, _ bytes: Span<UInt8>, _ turn: borrowing Turn) {
        let client = identity(turn.site.trusted)
        exchange.isUnlogged = OwnProbe.isWritten(head, bytes) && OwnProbe.mayComeFrom(client.peer, to: ownAddress())
        guard !exchange.isUnlogged else { return }
        exchange.logged = LoggedRequest(
            head, bytes,
            of: LoggedClient(
                address: client.client(head, bytes, trusted: turn.site.trusted), isSecure: client.isSecure(head, bytes)),
            id: exchange.id, since: turn.start)
    }

    /// Has a request whose head is whole answered, or its body awaited.
    private func begin(_ head: RequestHead, _ bytes: Span<UInt8>, _ turn: inout Turn) {
        exchange.place = turn.site.place(of: head, bytes)
        guard head.framing != .none else { return writer.answer(head, bytes, [], &turn) }
        if head.expectsContinue, isTooLong(head.framing, turn) { return refuse(.bodyTooLarge, &turn) }
        if turn.site.hasStreams, !isTooLong(head.framing, turn),
            let (endpoint, route) = turn.resolver.resolve(
                head, bytes, turn.site, at: exchange.place, isSecure: exchange.isSecure, now: turn.now
            ).takesPieces(turn.site)
        {
            let request = writer.request(head, bytes, [], route: route, turn)
            return StreamedExchange.begin(endpoint, request, hasBody: true, self, &turn)
        }
        arriving = ArrivingRequest(
            head: head, bytes: bytes.bytes(0..<bytes.count), since: turn.now, turn.bodyMemory)
        if head.expectsContinue, !exchange.moreBytes {
            turn.out.append(ascii: "HTTP/1.1 100 Continue\r\n\r\n")
            turn.scoreboard.add(.informational)
        }
    }

    /// The name that a trusted proxy has given to the request, else one of our own.
    private func name(of head: RequestHead, _ bytes: Span<UInt8>, _ turn: inout Turn) -> RequestID {
        if identity(turn.site.trusted).isTrusted, let given = RequestID(head, bytes) { return given }
        return turn.names.make()
    }

    private func isTooLong(_ framing: BodyFraming, _ turn: borrowing Turn) -> Bool {
        if case .length(let length) = framing { length > UInt64(maxBodyBytes(turn)) } else { false }
    }

    /// The largest body that the request may have, in bytes: a rule for its path may say it.
    func maxBodyBytes(_ turn: borrowing Turn) -> Int {
        turn.site.rules(at: exchange.place)?.maxBodyBytes(exchange.place.rule) ?? turn.configuration.maxBodyBytes
    }

    /// Takes bytes of a body that is kept until it is whole. Returns how many bytes are used.
    func takeBody(_ bytes: Span<UInt8>, from start: Int, _ turn: inout Turn) -> Int {
        guard let request = arriving.take() else { fatalError("a body without its head") }
        // Said when the body comes, and not before: until then the client may not have decided to send it.
        guard !isTooLong(request.head.framing, turn) else {
            refuse(.bodyTooLarge, &turn)
            return bytes.count
        }
        do throws(SystemError) {
            switch request.take(bytes, from: start, limit: maxBodyBytes(turn)) {
            case .malformed(let refusal): refuse(refusal, &turn)
            case .incomplete:
                try request.keep()
                arriving = request
            case .complete(let end):
                let body = try request.whole()
                tell(.bodyEnded, &turn)
                exchange.moreBytes = end < bytes.count
                let head = request.bytes
                writer.answer(request.head, head.span, body, &turn)
                return end
            }
        } catch {
            turn.spools.noteFailure(error, at: turn.now)
            refuse(.noRoom, &turn)
        }
        return bytes.count
    }

    /// An answer of the pool.
    func answer(_ response: Response, _ turn: inout Turn) {
        isOnPool = false
        exchange.moreBytes = !input.isEmpty
        writer.write(response, &turn)
        advance(&turn)
        settle(&turn)
    }
}
