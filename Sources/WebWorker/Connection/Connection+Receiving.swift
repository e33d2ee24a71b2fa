internal import Handoff
internal import Linux

extension Connection {
    /// Reads once, and serves what came. Returns whether anything did.
    @discardableResult
    func receive(_ turn: inout Turn) -> Bool {
        if let tls { return SecureReceiver(self, tls).receive(&turn) }
        var somethingCame = false
        do throws(SystemError) {
            switch try turn.receiveBuffer.fill(from: socket) {
            case .wouldBlock: break
            case .bytes(0): tell(.endOfStream, &turn)
            case .bytes(let count):
                somethingCame = true
                turn.scoreboard.add(.bytesIn, count)
                if !machine.isLingering { use(count, of: turn.receiveBuffer, &turn) }
            }
        } catch {
            tell(.failed, &turn)
        }
        settle(&turn)
        return somethingCame
    }

    /// Serves the first `count` bytes of a buffer, behind those that were kept from before.
    func use(_ count: Int, of buffer: ReceiveBuffer, _ turn: inout Turn) {
        if input.isEmpty, !peer.awaitsProxyHeader {
            buffer.withBytes(count) { bytes in
                let used = serve(bytes, &turn)
                if used < bytes.count { bytes.append(used..<bytes.count, to: &input) }
            }
        } else {
            buffer.withBytes(count) { $0.append(0..<$0.count, to: &input) }
            if !peer.awaitsProxyHeader || takeProxyHeader(&turn) { serveInput(&turn) }
        }
        advance(&turn)
    }

    /// Goes on with what another worker has read.
    func goOn(with read: [UInt8], _ turn: inout Turn) {
        input = read
        if !read.isEmpty {
            if !peer.awaitsProxyHeader || takeProxyHeader(&turn) { serveInput(&turn) }
            advance(&turn)
        }
        settle(&turn)
    }

    /// Sends what was answered, and serves what waits behind it, for as long as one leads to the other.
    func advance(_ turn: inout Turn) {
        while send(&turn) == .takeNext || machine.takesBody, partialHead == nil, !input.isEmpty, !peer.awaitsProxyHeader
        {
            serveInput(&turn)
        }
    }

    private func serveInput(_ turn: inout Turn) {
        var input: [UInt8] = []
        swap(&input, &self.input)
        let used = serve(input.span, &turn)
        if used == input.count { input = [] } else { input.removeFirst(used) }
        swap(&input, &self.input)
    }

    /// Takes requests out of `bytes` and answers them into the turn's output, until one must wait. Returns how many bytes
    /// are used.
    private func serve(_ bytes: Span<UInt8>, _ turn: inout Turn) -> Int {
        // Its own while it serves, so that a head need not be copied out of the turn to be looked at.
        var parser = RequestHeadParser(limits: turn.configuration.headLimits)
        swap(&parser, &turn.parser)
        defer { swap(&parser, &turn.parser) }
        var used = 0
        while used < bytes.count, file == nil, turn.out.count < 256 * 1024 {
            if machine.takesBody, let stream {
                used = stream.takeBody(bytes, from: used, &turn)
                continue
            }
            guard machine.takesRequests else { break }
            if machine.isInBody {
                used = takeBody(bytes, from: used, &turn)
                continue
            }
            let rest = bytes.extracting(used...)
            if let kept = partialHead {
                parser = kept.parser
                partialHead = nil
            }
            switch parser.parse(rest) {
            case .incomplete:
                partialHead = PartialHead(parser)
                parser = RequestHeadParser(limits: turn.configuration.headLimits)
                tell(.headBegan, &turn)
                return used
            case .malformed(let refusal):
                parser.reset()
                exchange = Exchange()
                refuse(refusal, &turn)
                return bytes.count
            case .complete(let count):
                takeHead(
                    parser.head, rest.extracting(0..<count), moreBytes: used + count < bytes.count, &turn)
                parser.reset()
                used += count
            }
        }
        return machine.wantsInput ? used : bytes.count
    }

    /// Takes a PROXY header off the front of what was kept. True when a request may follow there.
    private func takeProxyHeader(_ turn: inout Turn) -> Bool {
        var peer = peer
        let front = peer.takeProxyHeader(input, turn.site.trusted)
        self.peer = peer
        switch front {
        case .request(let start):
            input.removeFirst(start)
            return !input.isEmpty
        case .incomplete: tell(.headBegan, &turn)
        case .malformed: refuse(.requestLine, &turn)
        }
        return false
    }

    /// The client's identity, looked up on the first call.
    func identity(_ trusted: TrustedProxies) -> ClientIdentity {
        if peer.client == nil { peer = peer.identified(socket, isTLS: tls != nil, trusted) }
        return peer.client ?? ClientIdentity(trusted: trusted)
    }

    /// The local end, looked up on the first call.
    func ownAddress() -> SocketAddress {
        if peer.own == nil { peer = peer.located(socket) }
        return peer.own ?? .unnamed
    }
}
