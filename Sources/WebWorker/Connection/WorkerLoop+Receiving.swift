internal import Handoff
internal import Linux

extension WorkerLoop {
    /// Something is ready on a connection.
    mutating func connectionReady(_ connection: Connection, _ events: Epoll.Interest) {
        // Hung up is dead in both directions, so no answer arrives; but what came before may still be read.
        let isReadable = events.contains(.readable) && connection.machine.awaitsBytes
        if events.contains(.error) || events.contains(.hangUp) && !isReadable {
            perform(connection.handle(.failed), connection)
            return
        }
        if events.contains(.writable) {
            advance(connection)
            if connection.machine.isClosed { return }
            if connection.stream != nil { wake(connection) }
        }
        if connection.machine.awaitsBytes {
            if events.contains(.readable) { receive(connection) } else { settle(connection) }
            return
        }
        // What the client sent before its end is not awaited: nobody will read an answer to it.
        if events.contains(.peerClosed), connection.machine.awaitsEnd {
            perform(connection.handle(.endOfStream), connection)
            if connection.machine.isClosed { return }
        }
        settle(connection)
        guard events.contains(.readable), !connection.machine.isClosed, !connection.machine.awaitsBytes,
            var interest = connection.interest
        else { return }
        // Not wanted now, and level-triggered: stop being told until it is.
        interest.remove(.readable)
        if interest != connection.interest { watch(connection, interest) }
    }

    /// Reads once, and serves what came. Returns whether anything did.
    @discardableResult
    mutating func receive(_ connection: Connection) -> Bool {
        var somethingCame = false
        do throws(SystemError) {
            switch try receiveBuffer.fill(from: connection.socket) {
            case .wouldBlock: break
            case .bytes(0): perform(connection.handle(.endOfStream), connection)
            case .bytes(let count):
                somethingCame = true
                scoreboard.add(.bytesIn, count)
                if !connection.machine.isLingering { use(count, connection) }
            }
        } catch {
            perform(connection.handle(.failed), connection)
        }
        settle(connection)
        return somethingCame
    }

    /// Serves the first `count` bytes of the receive buffer, behind those that were kept from before.
    private mutating func use(_ count: Int, _ connection: Connection) {
        if connection.input.isEmpty, !connection.awaitsProxyHeader {
            receiveBuffer.withBytes(count) { bytes in
                let used = serve(bytes, connection)
                if used < bytes.count { bytes.append(used..<bytes.count, to: &connection.input) }
            }
        } else {
            receiveBuffer.withBytes(count) { $0.append(0..<$0.count, to: &connection.input) }
            if !connection.awaitsProxyHeader || takeProxyHeader(connection) { serveInput(connection) }
        }
        advance(connection)
    }

    /// Sends what was answered, and serves what waits behind it, for as long as one leads to the other.
    mutating func advance(_ connection: Connection) {
        while send(connection) == .takeNext || connection.machine.takesBody, connection.partialHead == nil,
            !connection.input.isEmpty, !connection.awaitsProxyHeader
        {
            serveInput(connection)
        }
    }

    /// Serves what was kept.
    mutating func serveInput(_ connection: Connection) {
        var input: [UInt8] = []
        swap(&input, &connection.input)
        let used = serve(input.span, connection)
        if used == input.count { input = [] } else { input.removeFirst(used) }
        swap(&input, &connection.input)
    }

    /// Takes requests out of `bytes` and answers them into `out`, until one must wait. Returns how many bytes are used.
    private mutating func serve(_ bytes: Span<UInt8>, _ connection: Connection) -> Int {
        // Its own while it serves, so that a head need not be copied out of the loop to be looked at.
        var parser = RequestHeadParser(limits: configuration.headLimits)
        swap(&parser, &self.parser)
        defer { swap(&parser, &self.parser) }
        var used = 0
        while used < bytes.count, connection.file == nil, out.count < 256 * 1024 {
            if connection.machine.takesBody, let stream = connection.stream {
                used = streamBody(bytes, from: used, connection, stream)
                continue
            }
            guard connection.machine.takesRequests else { break }
            if connection.machine.isInBody {
                used = takeBody(bytes, from: used, connection)
                continue
            }
            let rest = bytes.extracting(used...)
            if let kept = connection.partialHead {
                parser = kept.parser
                connection.partialHead = nil
            }
            switch parser.parse(rest) {
            case .incomplete:
                connection.partialHead = PartialHead(parser)
                parser = RequestHeadParser(limits: configuration.headLimits)
                perform(connection.handle(.headBegan), connection)
                return used
            case .malformed(let refusal):
                parser.reset()
                connection.exchange = Exchange()
                perform(.refuse(refusal), connection)
                return bytes.count
            case .complete(let count):
                takeHead(parser.head, rest.extracting(0..<count), connection, moreBytes: used + count < bytes.count)
                parser.reset()
                used += count
            }
        }
        return connection.machine.wantsInput ? used : bytes.count
    }

    private mutating func takeHead(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool
    ) {
        connection.exchange = Exchange(isHead: head.method == .head, isVersion10: head.minorVersion == 0)
        if configuration.requestIDs { connection.exchange.id = name(of: head, bytes, connection) }
        if log != nil, isOwnProbe(head, bytes, connection) {
            connection.exchange.isUnlogged = true
        } else if log != nil {
            let client = identity(of: connection).client(head, bytes, trusted: site.trusted)
            connection.exchange.logged = LoggedRequest(
                head, bytes, of: client, id: connection.exchange.id, since: turnStart)
        }
        connection.timed = .none  // The time of a head that may follow in the same turn begins anew.
        let hasBody = head.framing != .none
        perform(connection.handle(.headEnded(keepAlive: head.isPersistent, hasBody: hasBody)), connection)
        if head.expectsContinue, isTooLong(head.framing) { return perform(.refuse(.bodyTooLarge), connection) }
        guard !head.isPathNormal else { return begin(head, bytes, connection, moreBytes: moreBytes) }
        // A head of its own, with the normal form behind its bytes: nobody looks at the path as it was sent.
        var (normal, text) = (head, bytes.bytes(0..<bytes.count))
        guard NormalPath.append(head.path.range, of: bytes, to: &text) else {
            return perform(.refuse(.target), connection)
        }
        normal.path = ByteRange(bytes.count, text.count)
        begin(normal, text.span, connection, moreBytes: moreBytes)
    }

    /// Has a request whose head is whole answered, or its body awaited.
    private mutating func begin(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool
    ) {
        let hasBody = head.framing != .none
        guard hasBody else { return route(head, bytes, [], connection, moreBytes: moreBytes) }
        if !isTooLong(head.framing), let (endpoint, index) = streamEndpoint(head, bytes) {
            let request = request(head, bytes, [], endpoint: index, connection)
            return beginStream(endpoint, request, hasBody: true, connection, moreBytes: moreBytes)
        }
        connection.arriving = ArrivingRequest(
            head: head, bytes: bytes.bytes(0..<bytes.count), since: now, bodyMemory)
        if head.expectsContinue, !moreBytes {
            out.append(ascii: "HTTP/1.1 100 Continue\r\n\r\n")
            scoreboard.add(.informational)
        }
    }

    /// The name that a trusted proxy has given to the request, else one of our own.
    private mutating func name(of head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection) -> RequestID {
        if identity(of: connection).isTrusted, let given = RequestID(head, bytes) { return given }
        return names.make()
    }

    private func isTooLong(_ framing: BodyFraming) -> Bool {
        if case .length(let length) = framing { length > UInt64(configuration.maxBodyBytes) } else { false }
    }

    private mutating func takeBody(_ bytes: Span<UInt8>, from start: Int, _ connection: Connection) -> Int {
        guard let request = connection.arriving.take() else { fatalError("a body without its head") }
        var end: Int?
        switch request.head.framing {
        case .none: fatalError("a body where there is none")
        case .length(let length):
            // Said when the body comes, and not before: until then the client may not have decided to send it.
            guard !isTooLong(request.head.framing) else {
                perform(.refuse(.bodyTooLarge), connection)
                return bytes.count
            }
            let missing = Int(length) - request.received
            let count = min(missing, bytes.count - start)
            request.append(start..<start + count, of: bytes)
            if count == missing { end = start + count }
        case .chunked:
            switch request.decode(bytes, from: start, limit: configuration.maxBodyBytes) {
            case .incomplete: break
            case .malformed(let refusal):
                perform(.refuse(refusal), connection)
                return bytes.count
            case .complete(let consumed): end = consumed
            }
        }
        return useBody(request, endingAt: end, bytes, connection)
    }

    /// Has a request answered whose body is whole, and keeps another until more of it comes. Returns how many bytes are used.
    private mutating func useBody(
        _ request: ArrivingRequest, endingAt end: Int?, _ bytes: Span<UInt8>, _ connection: Connection
    ) -> Int {
        do throws(SystemError) {
            guard let end else {
                try request.keep()
                connection.arriving = request
                return bytes.count
            }
            let body = try request.whole()
            perform(connection.handle(.bodyEnded), connection)
            let head = request.bytes
            route(request.head, head.span, body, connection, moreBytes: end < bytes.count)
            return end
        } catch {
            noteSpoolFailure(error)
            perform(.refuse(.noRoom), connection)
            return bytes.count
        }
    }
}
