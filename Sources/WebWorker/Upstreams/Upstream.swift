internal import Linux

/// A server behind this one, as the application names it.
struct UpstreamDescription: Equatable, Sendable {
    let address: SocketAddress
    let settings: UpstreamSettings
}

/// A server behind this one, and what a loop has to do with it now. Belongs to the loop's thread.
struct Upstream {
    let address: SocketAddress
    let settings: UpstreamSettings
    var pool: UpstreamPool
    /// Requests that wait for a connection, by the tokens of their exchanges.
    var waiting: [UInt64: UpstreamExchange] = [:]
    /// When its failure may be said again, in milliseconds of the monotonic clock: once a second at most.
    var isSaidAgainAt = Int64.min
    /// What is said while it boots.
    var contact = FirstContact()

    init(_ description: UpstreamDescription) {
        address = description.address
        settings = description.settings
        var limits = description.settings.poolLimits
        limits.patience = Int64(description.settings.connectTimeout.milliseconds)
        pool = UpstreamPool(limits)
    }

    /// How long a wait may take, in milliseconds; nil for ever.
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
}

/// One connection to a server behind. Belongs to the loop's thread.
final class UpstreamLink {
    /// Its registration, marked as one of a link, and its descriptor.
    let token: UInt64
    let socket: Socket
    /// The place of its server among the loop's.
    let upstream: Int
    private(set) var machine = UpstreamMachine()
    var reader = AnswerReader()
    /// The request that it bears.
    var exchange: UpstreamExchange?
    /// Whether the client takes no more of the answer for now: then nothing is read.
    var isPaused = false
    /// Whether the server does not take what is written.
    var isBlocked = false

    /// When the time limit of the present wait ends, in milliseconds of the monotonic clock; `Int64.max` for never.
    var deadline = Int64.max
    /// The tick of the wheel's entry for this link; `Int64.max` without one.
    var scheduled = TimerWheel.Tick.max
    /// What epoll watches; nil while it does not watch.
    var interest: Epoll.Interest?

    /// Marks the tokens of links: registrations of clients stay below it.
    static let mark: UInt64 = 1 << 63

    init(socket: consuming Socket, registration: UInt64, upstream: Int) {
        token = Self.mark | registration | UInt64(UInt32(bitPattern: socket.number))
        self.socket = socket
        self.upstream = upstream
    }

    var descriptorIndex: Int { Int(socket.number) }

    /// Tells the machine of an event; on a copy, as `Connection.handle` does.
    func handle(_ event: UpstreamMachine.Event) -> UpstreamMachine.Effect {
        var machine = machine
        let effect = machine.handle(event)
        self.machine = machine
        return effect
    }
}
