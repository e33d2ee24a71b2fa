internal import Handoff
internal import Linux

// Requests find connections to the servers behind.
extension WorkerLoop {
    /// How often a request is given to a connection at most: all that were kept may be dead after a restart.
    private static let maxTries = 64

    /// Sends a request to its server, now or when there is a connection.
    mutating func forward(_ exchange: UpstreamExchange) {
        exchange.tries += 1
        guard exchange.tries <= Self.maxTries else { return fail(exchange, .unreachable) }
        if let token = upstreams[exchange.upstream].pool.takeKept() {
            return start(exchange, over: token)
        }
        guard upstreams[exchange.upstream].pool.add(exchange.token, at: now) else { return fail(exchange, .busy) }
        upstreams[exchange.upstream].waiting[exchange.token] = exchange
        pump(exchange.upstream)
    }

    /// Does what a pool can do now.
    mutating func pump(_ index: Int) {
        while let step = upstreams[index].pool.next(at: now) {
            switch step {
            case .connect: connect(index)
            case .send(let request, let token):
                start(upstreams[index].waiting.removeValue(forKey: request), over: token)
            }
        }
    }

    private mutating func connect(_ index: Int) {
        let address = upstreams[index].address
        do throws(SystemError) {
            let socket = try Socket.stream(address.family)
            if address.port != nil { try socket.set(.noDelay, to: true) }
            let result = try socket.connect(address)
            let link = register(socket, upstream: index)
            if result == .connected { return linkConnected(link) }
            settle(link)
        } catch {
            // EAGAIN: the server's queue is full, so it lives. Without descriptors of our own nothing is known of it.
            upstreams[index].pool.connectFailed(error.isPassing ? .busy : .unreachable, at: now)
            sayUnreached(index, error)
        }
    }

    private mutating func register(_ socket: consuming Socket, upstream: Int) -> UpstreamLink {
        let link = UpstreamLink(socket: socket, registration: nextRegistration(), upstream: upstream)
        while links.count <= link.descriptorIndex { links.append(nil) }
        links[link.descriptorIndex] = link
        return link
    }

    mutating func linkConnected(_ link: UpstreamLink) {
        perform(link.handle(.connected), link)
        upstreams[link.upstream].pool.connected(link.token)
        upstreams[link.upstream].contact.reached()
    }

    /// The link of a token, unless it is gone.
    func link(_ token: UInt64) -> UpstreamLink? {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < links.count, let link = links[index], link.token == token else { return nil }
        return link
    }

    /// Gives a request to a connection. One that is not safe to repeat goes to none that the server has closed meanwhile.
    private mutating func start(_ exchange: UpstreamExchange?, over token: UInt64) {
        guard let exchange, let link = link(token) else { fatalError("a pool names what is not there") }
        if link.machine.wasKept, !exchange.shape.isRepeatable, !isSilent(link) {
            perform(link.handle(.endOfStream), link)
            return forward(exchange)
        }
        link.exchange = exchange
        exchange.link = link
        perform(link.handle(.began(isRepeatable: exchange.shape.isRepeatable)), link)
        if let keeps = exchange.shape.keepsConnection {
            link.reader.resetForFastCGI(toHead: exchange.shape.isHead, keepsConnection: keeps)
        } else {
            link.reader.reset(toHead: exchange.shape.isHead, asksUpgrade: exchange.shape.asksUpgrade)
        }
        sendRequest(exchange)
    }

    /// Whether a kept connection has neither ended nor said anything.
    private func isSilent(_ link: UpstreamLink) -> Bool {
        var byte: [UInt8] = [0]
        return (try? link.socket.receive(into: &byte, peek: true)) == .wouldBlock
    }

    /// Sends what of a request can be sent.
    mutating func sendRequest(_ exchange: UpstreamExchange) {
        guard let link = exchange.link else { return }
        do throws(SystemError) {
            link.isBlocked = false
            while refill(exchange), !exchange.output.isEmpty {
                guard case .bytes = try exchange.output.send(to: link.socket, more: false) else {
                    link.isBlocked = true
                    break
                }
                perform(link.handle(.bytesSent), link)
            }
            if link.machine.isClosed { return }
            if exchange.output.isEmpty, exchange.isWhole {
                if link.machine.isTunnel { try link.socket.shutdown(.write) }
                perform(link.handle(.requestSent), link)
            }
        } catch {
            // What the server said before it closed is still to be read; only when it takes nothing at all is that the end.
            return sendingFailed(link)
        }
        exchange.outputWasTaken(&self)
        settle(link)
    }

    /// Writes more of a body that was here before. False when the request ends with that, since it cannot be read again.
    private mutating func refill(_ exchange: UpstreamExchange) -> Bool {
        guard exchange.output.isEmpty, let link = exchange.link else { return true }
        do throws(SystemError) { try exchange.refill() } catch {
            noteSpoolFailure(error)
            perform(link.handle(.failed), link)
            return false
        }
        return true
    }

    private mutating func sendingFailed(_ link: UpstreamLink) {
        guard link.machine.hasSent else { return perform(link.handle(.failed), link) }
        link.exchange?.dropOutput()
        link.isBlocked = false
        perform(link.handle(.requestSent), link)
        settle(link)
    }

    /// A request got no connection, or no answer: the client hears why.
    mutating func fail(_ exchange: UpstreamExchange, _ failure: UpstreamPool.Failure) {
        scoreboard.add(.upstreamErrors)
        let status: Status
        switch failure {
        case .unreachable: status = .badGateway
        case .tooSlow: status = .gatewayTimeout
        case .busy: status = .serviceUnavailable
        }
        answer(exchange.token, statusPage(status))
    }

    /// Nobody waits for the answer any more.
    mutating func forget(_ exchange: UpstreamExchange) {
        if let link = exchange.link {
            perform(link.handle(.cancelled), link)
            pump(exchange.upstream)
        } else if upstreams[exchange.upstream].waiting.removeValue(forKey: exchange.token) != nil {
            upstreams[exchange.upstream].pool.remove(exchange.token)
        }
    }

    /// Our own end of the connection of an exchange.
    func serverAddress(_ token: UInt64) -> SocketAddress {
        guard let (connection, _) = exchange(token) else { return .unnamed }
        return serverAddress(of: connection)
    }

    /// Our own end of a connection.
    func serverAddress(of connection: Connection) -> SocketAddress {
        if let address = connection.serverAddress { return address }
        let address = (try? connection.socket.localAddress()) ?? .unnamed
        connection.serverAddress = address
        return address
    }

    /// Who the client of an exchange is.
    mutating func identity(_ token: UInt64) -> ClientIdentity {
        guard let (connection, _) = exchange(token) else {
            return ClientIdentity(trusted: site.trusted)
        }
        return identity(of: connection)
    }

    /// Who the client of a connection is.
    func identity(of connection: Connection) -> ClientIdentity {
        if let identity = connection.identity { return identity }
        let peer = (try? connection.socket.peerAddress()) ?? .unnamed
        let identity = ClientIdentity(peer: peer, trusted: site.trusted)
        connection.identity = identity
        return identity
    }

    /// Says that no connection was made to a server, unless it only boots.
    mutating func sayUnreached(_ index: Int, _ error: SystemError) {
        if upstreams[index].contact.tells(error, at: now) { say(index, "\(error)") }
    }

    /// Says what is wrong with a server, once a second at most.
    mutating func say(_ index: Int, _ text: String) {
        guard now >= upstreams[index].isSaidAgainAt else { return }
        upstreams[index].isSaidAgainAt = now + 1000
        StandardError.line("WebWorker: upstream \(upstreams[index].address): \(text)")
    }
}
