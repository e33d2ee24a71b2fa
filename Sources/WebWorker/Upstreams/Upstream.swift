internal import Handoff
internal import Linux

/// A server behind this one, as the application names it.
struct UpstreamDescription: Equatable, Sendable {
    let address: SocketAddress
    let settings: UpstreamSettings
}

/// A server behind this one: how requests find connections to it. Belongs to the loop's thread.
final class Upstream {
    /// The most connections that a request is given to: all that were kept may be dead after a restart.
    private static let maxTries = 64

    let address: SocketAddress
    private let settings: UpstreamSettings
    private var pool: UpstreamPool
    /// Requests that wait for a connection, by the tokens of their exchanges.
    private var waiting: [UInt64: UpstreamExchange] = [:]
    private var throttle = Throttle(milliseconds: 1000)
    /// The messages while the server boots.
    private var contact = FirstContact()

    init(_ description: UpstreamDescription) {
        address = description.address
        settings = description.settings
        var limits = description.settings.poolLimits
        limits.patience = Int64(description.settings.connectTimeout.milliseconds)
        pool = UpstreamPool(limits)
    }

    /// The next thing that is due without an event.
    func nextDeadline(at now: Int64) -> Int64? { pool.nextDeadline(at: now) }

    /// The longest wait, in milliseconds; nil for ever.
    func limit(_ wait: UpstreamMachine.Wait) -> Int64? {
        switch wait {
        case .none: nil
        case .connect: Int64(settings.connectTimeout.milliseconds)
        case .idle: Int64(settings.keptTimeout.milliseconds)
        case .send: Int64(settings.sendTimeout.milliseconds)
        case .answer: Int64(settings.answerTimeout.milliseconds)
        case .stream: Int64(settings.streamTimeout.milliseconds)
        case .tunnel: Int64(settings.tunnelTimeout.milliseconds)
        }
    }

    // MARK: Requests

    /// Sends a request, now or when there is a connection.
    func forward(_ exchange: UpstreamExchange, _ turn: inout Turn) {
        exchange.tries += 1
        guard exchange.tries <= Self.maxTries else { return exchange.fail(.unreachable, &turn) }
        if let token = pool.takeKept() { return start(exchange, over: token, &turn) }
        guard pool.add(exchange.token, at: turn.now) else { return exchange.fail(.busy, &turn) }
        waiting[exchange.token] = exchange
        pump(&turn)
    }

    /// Gives a request to a connection. One that is not safe to repeat goes to none that the server has closed meanwhile.
    private func start(_ exchange: UpstreamExchange?, over token: UInt64, _ turn: inout Turn) {
        guard let exchange, let link = turn.upstreams.link(token) else { fatalError("a pool names what is not there") }
        if link.machine.wasKept, !exchange.shape.isRepeatable, !link.isSilent {
            link.tell(.endOfStream, &turn)
            return forward(exchange, &turn)
        }
        link.begin(exchange, &turn)
    }

    /// Nobody waits for the answer to a request any more.
    func forget(_ exchange: UpstreamExchange, _ turn: inout Turn) {
        if let link = exchange.link {
            link.tell(.cancelled, &turn)
            pump(&turn)
        } else if waiting.removeValue(forKey: exchange.token) != nil {
            pool.remove(exchange.token)
        }
    }

    /// At the end of a turn: requests that wait get what connections there are now, or hear that their time is over.
    func run(_ turn: inout Turn) {
        guard let deadline = pool.nextDeadline(at: turn.now) else { return }
        if deadline <= turn.now {
            for (request, failure) in pool.expire(at: turn.now) {
                if failure == .unreachable, let error = contact.unsaid { say("\(error)", at: turn.now) }
                waiting.removeValue(forKey: request)?.fail(failure, &turn)
            }
        }
        pump(&turn)
    }

    /// Does what can be done now.
    private func pump(_ turn: inout Turn) {
        while let step = pool.next(at: turn.now) {
            switch step {
            case .connect: connect(&turn)
            case .send(let request, let token): start(waiting.removeValue(forKey: request), over: token, &turn)
            }
        }
    }

    // MARK: Connections

    private func connect(_ turn: inout Turn) {
        do throws(SystemError) {
            let socket = try Socket.stream(address.family)
            if address.port != nil { try socket.set(.noDelay, to: true) }
            let result = try socket.connect(address)
            let link = UpstreamLink(socket: socket, registration: turn.nextRegistration(), server: self)
            turn.upstreams.add(link)
            if result == .connected { return connected(link, &turn) }
            link.settle(&turn)
        } catch {
            // EAGAIN: the server's queue is full, so it lives. Without descriptors of our own nothing is known of it.
            pool.connectFailed(error.isPassing ? .busy : .unreachable, at: turn.now)
            sayUnreached(error, at: turn.now)
        }
    }

    func connected(_ link: UpstreamLink, _ turn: inout Turn) {
        link.tell(.connected, &turn)
        pool.connected(link.token)
        contact.reached()
    }

    /// A connection could not be made.
    func connectFailed(_ link: UpstreamLink, _ failure: UpstreamPool.Failure, _ turn: inout Turn) {
        turn.upstreams.remove(link)
        pool.connectFailed(failure, at: turn.now)
    }

    /// A connection can take the next request.
    func released(_ link: UpstreamLink, _ turn: inout Turn) {
        if let surplus = pool.released(link.token) { turn.upstreams.link(surplus)?.tell(.cancelled, &turn) }
        turn.upstreams.areDue = true
    }

    /// A connection that was made is closed.
    func closed(_ link: UpstreamLink, _ turn: inout Turn) {
        turn.upstreams.remove(link)
        pool.closed(link.token)
        turn.upstreams.areDue = true
    }

    // MARK: What is said of it

    /// Says that no connection was made, unless it only boots.
    func sayUnreached(_ error: SystemError, at now: Int64) {
        if contact.tells(error, at: now) { say("\(error)", at: now) }
    }

    /// Says what is wrong, once a second at most.
    func say(_ text: String, at now: Int64) {
        if throttle.passes(at: now) { StandardError.line("WebWorker: upstream \(address): \(text)") }
    }
}
