internal import Linux

/// One client: its socket, its machine, and what is between reading and writing. Belongs to the loop's thread.
///
/// An idle connection holds no buffer: bytes are read into the loop's own, and copied here only when they are part of a
/// request, or when the client does not take an answer at once.
final class Connection {
    /// Registration number and descriptor: a late event for a descriptor that was used again does not fit.
    let token: UInt64
    let socket: Socket
    private(set) var machine: ConnectionMachine

    /// Bytes that were read and not used yet: part of a head, or requests behind one that is in hand.
    var input: [UInt8] = []
    /// How far the head in `input` was parsed; nil when none was begun.
    var partialHead: PartialHead?
    /// The request whose body arrives.
    var arriving: ArrivingRequest?
    /// What the answer to the request in hand must know of it.
    var exchange = Exchange()

    /// What the client did not take at once.
    var output = PendingOutput()
    /// A file that follows the output.
    var file: OutgoingFile?
    /// Whether its client's window was looked at.
    var isWindowKnown = false
    /// The exchange in hand, when it goes in pieces.
    var stream: StreamedExchange?
    /// Whether the request in hand is the pool's.
    var isOnPool = false
    /// Whether the loop looks at it at the end of the turn, because a stream went on.
    var isDue = false
    /// Whether output went out since the write limit was set.
    var hasSent = false

    /// Our own end, once somebody has asked.
    var serverAddress: SocketAddress?
    /// Whether a PROXY header may be the first thing that comes.
    var awaitsProxyHeader = false
    /// The PROXY header that came; it goes along when the connection is handed over.
    var proxyHeader: [UInt8] = []
    /// What another worker must have read to go on.
    var readAhead: [UInt8] { proxyHeader.isEmpty ? input : proxyHeader + input }
    /// Who its client is, once somebody has asked.
    var identity: ClientIdentity?

    /// When the machine's time limit ends, in milliseconds of the monotonic clock; `Int64.max` for never.
    var deadline = Int64.max
    /// The tick of the wheel's entry for this connection; `Int64.max` without one.
    var scheduled = TimerWheel.Tick.max
    /// Which limit `deadline` is for.
    var timed = ConnectionMachine.Wait.none
    /// What epoll watches; nil before it watches at all.
    var interest: Epoll.Interest?
    /// Whether it waits to be handed over.
    var isOffered = false
    /// How the scoreboard counts this connection now.
    var standing = Standing.new

    init(socket: consuming Socket, registration: UInt64, answersHalfClosed: Bool = false) {
        machine = ConnectionMachine(answersHalfClosed: answersHalfClosed)
        token = registration | UInt64(UInt32(bitPattern: socket.number))
        self.socket = socket
    }

    var descriptorIndex: Int { Int(socket.number) }

    /// Tells the machine of an event. On a copy: an access that lasts as long as the call would be tracked at run time.
    func handle(_ event: ConnectionMachine.Event) -> ConnectionMachine.Effect {
        var machine = machine
        let effect = machine.handle(event)
        self.machine = machine
        return effect
    }
}
