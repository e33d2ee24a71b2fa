import Linux

// Bytes and ends of streams, turned into events of the script.
extension LoadLoop {
    private static let closing: Epoll.Interest = [.peerClosed, .hangUp, .error]

    /// Takes what epoll says of a client's socket.
    mutating func handle(_ ready: Epoll.Ready) {
        let client = clients[Int(ready.token & 0xffff_ffff)]
        guard client.token == ready.token, client.socket != nil else { return }
        let hasClosed = !ready.events.isDisjoint(with: Self.closing)
        if client.script.isConnecting {
            endConnect(client)
            guard client.socket != nil else { return }
        } else if !client.unsent.isEmpty, ready.events.contains(.writable) {
            send(client, at: Self.clock())
            guard client.token == ready.token, client.socket != nil else { return }
        }
        if hasClosed || ready.events.contains(.readable) { receive(client, hasClosed: hasClosed) }
    }

    private mutating func endConnect(_ client: Client) {
        let now = Self.clock()
        var failure: Errno?
        do { failure = try client.socket?.takeError() } catch { failure = error.errno }
        guard let failure else { return connected(client, at: now) }
        react(client, to: .connectFailed(failure.connectFailure), at: now, detail: "connect: \(failure)")
    }

    /// Reads until the socket is empty. A short read says that it is, unless the stream's end may be behind it.
    mutating func receive(_ client: Client, hasClosed: Bool) {
        let token = client.token
        while client.socket != nil, client.token == token {
            do {
                guard case .bytes(let count)? = try client.socket?.receive(into: &scratch) else { return }
                if count == 0 { return endOfStream(client, at: Self.clock()) }
                record.tally.bytesReceived += count
                take(count, client, at: Self.clock())
                if count < scratch.count, !hasClosed { return }
            } catch {
                return react(client, to: .reset, at: Self.clock(), detail: "\(error)")
            }
        }
    }

    private mutating func take(_ count: Int, _ client: Client, at now: Nanoseconds) {
        guard client.script.awaitsAnswer else {
            return react(client, to: .malformed, at: now, detail: "\(Malformation.surplus.rawValue): \(count) bytes")
        }
        switch client.parser.take(scratch.span.extracting(0..<count)) {
        case .incomplete: return
        case .malformed(let reason): react(client, to: .malformed, at: now, detail: reason.rawValue)
        case .complete(let consumed) where consumed < count:
            let surplus = "\(Malformation.surplus.rawValue): \(count - consumed) bytes"
            react(client, to: .malformed, at: now, detail: surplus)
        case .complete: answered(client, at: now)
        }
    }

    private mutating func endOfStream(_ client: Client, at now: Nanoseconds) {
        guard client.script.awaitsAnswer else {
            return react(client, to: .endOfStream(answerBegun: false), at: now)
        }
        switch client.parser.endOfStream() {
        case .nothing: react(client, to: .endOfStream(answerBegun: false), at: now)
        case .truncated: react(client, to: .endOfStream(answerBegun: true), at: now)
        case .complete:
            let token = client.token
            answered(client, at: now)
            if client.token == token, client.script.isClosing {
                react(client, to: .endOfStream(answerBegun: false), at: now)
            }
        }
    }

    /// Judges a complete answer, and lets the client go on.
    private mutating func answered(_ client: Client, at now: Nanoseconds) {
        client.unsent = 0..<0
        if let failure = verdict(on: client, at: now) {
            record.fail(
                failure, connection: client.index, request: client.script.requestsOnSocket, at: sinceStart(now),
                detail: client.parser.summary)
        } else {
            record.succeed(latency: now - client.begun, at: sinceStart(now))
        }
        react(client, to: .answered(keepsConnection: client.parser.keepsConnection), at: now)
    }

    private mutating func verdict(on client: Client, at now: Nanoseconds) -> FailureKind? {
        if let failure = judge(client) { return failure }
        let body = client.parser.body
        guard plan.mode != .post, body.count == client.parser.bodyByteCount else { return nil }
        let wentBack = record.versions.note(body: body.span, completed: sinceStart(now), on: &client.versions)
        return wentBack && plan.isMonotonic ? .wentBack : nil
    }

    private func judge(_ client: Client) -> FailureKind? {
        guard plan.mode == .post else { return expectation.failure(of: client.parser, echo: nil) }
        let request = client.request
        let echo = request.span.extracting(template.bodyStart..<request.count)
        return expectation.failure(of: client.parser, echo: echo)
    }
}

extension ResponseParser {
    /// Status and the beginning of the body, for a person.
    fileprivate var summary: String {
        let start = body.prefix(60).map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }
        return "status \(status), \(bodyByteCount) bytes of body: \(String(decoding: start, as: UTF8.self))"
    }
}
