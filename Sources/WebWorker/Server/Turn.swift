internal import Handoff
internal import Linux

/// What a step of a connection needs: it goes `inout` through all of them, so nothing of it is ever in two hands.
///
/// It lasts as long as its server; `begin` and `end` are the bounds of one turn.
struct Turn: ~Copyable {
    let site: Site
    let configuration: Configuration
    let limits: TimeLimits

    var epoll: Epoll
    var wheel: TimerWheel
    var connections: ConnectionTable
    /// Connections that the end of this turn looks at, because their streams went on.
    private var due: [UInt64] = []
    var offers = Offers()
    /// Which connections are this worker's.
    var lots = Lots()
    /// Which of the others stay all the same, as long as it does not drain; nil: none.
    var sparing: Sparing?
    private var registrations: UInt32 = 0
    var isDraining = false

    /// The beginning of this turn, in microseconds of the monotonic clock.
    private(set) var start: Int64
    /// The same in milliseconds, the unit of deadlines.
    private(set) var now: Int64
    private(set) var dateLine = DateLine()
    private var nextDate = Int64.min

    let receiveBuffer: ReceiveBuffer
    var parser: RequestHeadParser
    var names = RequestIDSource()
    /// Answers to the connection in hand, not sent yet.
    var out: [UInt8] = []

    let scoreboard: ScoreboardWriter
    /// Answers to requests that this turn read, and whose time is not counted yet.
    var answered = 0
    let logs: AccessLogs

    var resolver = Resolver()
    let spools: Spools
    /// The memory that arriving bodies take.
    let bodyMemory: BodyMemory
    let compressors: Compressors
    let pool: BlockingPool
    var tasks: Tasks
    var upstreams: Upstreams
    /// Nil if no keys were given.
    let tls: TLSEngine?

    /// A turn that counts in a file, and has keys of TLS: descriptors that it owns.
    init(
        _ site: Site, _ configuration: Configuration, scoreboard: CInt?, tls: CInt? = nil
    ) throws(SystemError) {
        let engine: TLSEngine? = if let tls { try TLSEngine(owning: tls) } else { nil }
        let epoll = try Epoll(capacity: 256)
        let pool = try BlockingPool(
            limit: configuration.maxBlockingHandlers, maxWaiting: configuration.maxWaitingHandlers,
            maxWaitingBytes: configuration.maxWaitingBodyBytes)
        let tasks = try Tasks()
        let logs = try AccessLogs(site.virtualHosts)
        self.scoreboard = try ScoreboardWriter(Self.file(scoreboard))
        self.site = site
        self.configuration = configuration
        self.tls = engine
        self.epoll = epoll
        self.pool = pool
        self.tasks = tasks
        self.logs = logs
        limits = TimeLimits(configuration)
        spools = Spools(configuration)
        compressors = Compressors(configuration.compression)
        bodyMemory = BodyMemory(
            limit: configuration.maxArrivingBodyBytes, directory: spools.directory, spools.budget)
        upstreams = Upstreams(site.upstreams)
        connections = ConnectionTable(
            AdoptionRoom(
                maxDescriptors: Int(clamping: (try? ResourceLimit.files.current().soft) ?? 1024),
                limit: configuration.maxAdopted))
        parser = RequestHeadParser(limits: configuration.headLimits)
        receiveBuffer = ReceiveBuffer(byteCount: 64 * 1024)
        out.reserveCapacity(64 * 1024)
        start = MonotonicClock.microseconds()
        now = start / 1000
        wheel = TimerWheel(now: now)
    }

    private static func file(_ number: CInt?) -> FileDescriptor? {
        guard let number else { return nil }
        return FileDescriptor(owning: number)
    }

    /// Begins to wait for what other threads give back.
    func watch() throws(SystemError) {
        try epoll.add(pool.number, .readable, token: Source.pool)
        try epoll.add(tasks.mailbox.number, .readable, token: Source.mailbox)
    }

    // MARK: One turn

    /// The loop waits no more.
    mutating func begin() {
        tasks.isAwake()
        tls?.begin()
        compressors.beginTurn()
        start = MonotonicClock.microseconds()
        now = start / 1000
    }

    /// Something is ready on a client's connection, or on one to a server behind.
    mutating func ready(_ token: UInt64, _ events: Epoll.Interest) {
        if token & UpstreamLink.mark != 0 {
            upstreams.link(token)?.ready(events, &self)
        } else {
            connections.find(token)?.ready(events, &self)
        }
    }

    /// Looks at what has an entry of the wheel that has come up.
    mutating func runTimers() {
        var due: [(token: UInt64, tick: TimerWheel.Tick)] = []
        wheel.advance(to: now, into: &due)
        for (token, tick) in due {
            if token & UpstreamLink.mark != 0 {
                upstreams.link(token)?.timer(tick, &self)
            } else {
                connections.find(token)?.timer(tick, &self)
            }
        }
    }

    /// Runs tasks, and does what they ask for, until they wait for something else.
    mutating func runTasks() {
        guard tasks.isUsed else { return }
        tasks.mailbox.run(&self)
    }

    /// Tells running exchanges that the worker drains.
    mutating func tellStreamsOfDrain() {
        runTasks()  // What they have asked for goes before.
        for connection in connections.all {
            if let stream = connection.stream { stream.handler?.drainBegan(stream, &self) }
        }
    }

    /// The answers of the pool: each goes out if its connection is still there.
    mutating func takeResults() {
        for result in pool.takeResults() { connections.find(result.token)?.answer(result.response, &self) }
    }

    /// At the end of a turn: requests that wait get what connections there are now, or hear that their time is over.
    mutating func runUpstreams() {
        upstreams.areDue = false
        for server in upstreams.servers { server.run(&self) }
    }

    /// Sends what streams wrote in this turn, and lets those go on whose clients keep up. What these write then goes out
    /// in the next turn, which comes at once.
    mutating func runStreams() {
        guard !due.isEmpty else { return }
        var tokens: [UInt64] = []
        swap(&tokens, &due)
        var late: [UInt64] = []
        for token in tokens {
            guard let connection = connections.find(token) else { continue }
            if compressors.isSpent, connection.stream?.isToCompress == true {
                late.append(token)
                continue
            }
            connection.isDue = false
            connection.stream?.compress(&self)
            connection.advance(&self)
            connection.settle(&self)
            connection.stream?.wake(&self)
        }
        // Those that this turn had no time for are the next one's first.
        if !late.isEmpty { due = late + due }
    }

    /// Counts and notes what the turn has brought.
    mutating func end() {
        countLatency()
        logs.turn(at: now)
    }

    /// The last turn is over.
    mutating func close() {
        runTasks()  // Those that were cancelled may put their things in order.
        logs.close()
    }

    /// False if there is something to do before the loop waits for events.
    func mayWait() -> Bool { due.isEmpty && tasks.mayWait() }

    /// The next thing that is due without an event.
    func nextDeadline() -> Int64 {
        min(wheel.nextDeadline ?? .max, upstreams.nextDeadline(at: now), logs.deadline)
    }

    // MARK: What steps share

    /// Gives a connection its place.
    mutating func register(_ socket: consuming Socket, _ tls: TLSTransport? = nil) -> Connection {
        let machine = ConnectionMachine(
            answersHalfClosed: configuration.answersHalfClosed, isTLS: tls?.isHandshaking == true)
        let connection = Connection(socket: socket, registration: nextRegistration(), machine)
        connection.tls = tls
        connection.lot = lots.draw()
        connections.add(connection)
        scoreboard.add(.connections)
        if configuration.proxyProtocol {
            connection.peer.awaitsProxyHeader = connection.identity(site.trusted).isTrusted
        }
        if isDraining, !offers.isOn || !offers.takes(tls) { _ = connection.handle(.drainBegan) }
        return connection
    }

    /// Whether a connection is another generation's, and goes there when it can.
    func gives(_ connection: Connection) -> Bool {
        guard lots.go(connection.lot) else { return false }
        guard let sparing, !isDraining else { return true }
        return !sparing.spares(connection)
    }

    /// Whether a request that begins on a connection is the last one there, since users are kept out of the site: it could not leave
    /// with the request in hand.
    func takesAway(_ connection: Connection) -> Bool { sparing != nil && !isDraining && gives(connection) }

    /// A number for the upper half of a token; never 0 there, and below the mark of links to servers behind.
    mutating func nextRegistration() -> UInt64 {
        registrations = registrations >= .max >> 1 ? 1 : registrations + 1
        return UInt64(registrations) << 32
    }

    /// The exchange in pieces of a token, unless it is over.
    func exchange(_ token: UInt64) -> StreamedExchange? { connections.exchange(token) }

    /// Has the end of the turn look at a connection.
    mutating func makeDue(_ connection: Connection) {
        guard !connection.isDue else { return }
        connection.isDue = true
        due.append(connection.token)
    }

    /// The next connections for a message to the serving generation.
    mutating func takeOffers() -> [Connection] { offers.next(of: connections) }

    var fitsMessage: Bool { connections.fitsMessage(spools: spools.budget.openFiles) }

    /// Makes room for the next connection's answers; gives back what a large one took.
    mutating func emptyOut() {
        if out.capacity > 1 << 20 { out = [] } else { out.removeAll(keepingCapacity: true) }
    }

    /// Appends the field line of Date.
    @inline(__always)
    mutating func appendDate() {
        if now >= nextDate { updateDate() }
        out.append(bytes: dateLine.bytes)
    }

    mutating func updateDate() {
        dateLine.update(to: Self.clockSeconds())
        nextDate = now + 250
    }

    /// The time in seconds since 1970.
    static func clockSeconds() -> Int { Int(WallClock.now().components.seconds) }

    /// Counts an answer for the worker and, of several, for its site.
    @inline(__always)
    func count(_ status: Status, at place: SitePlace) {
        scoreboard.count(status)
        if site.hasSites { scoreboard.count(status, site: place.host) }
    }

    /// Counts how long the answers of this turn took: one look at the clock for all of them. What is counted is the
    /// worker's own time, from the turn that had the whole request to the answer's first bytes.
    mutating func countLatency() {
        guard answered > 0 else { return }
        scoreboard.count(microseconds: MonotonicClock.microseconds() - start, answers: answered)
        answered = 0
    }
}
