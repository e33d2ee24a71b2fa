internal import Handoff
internal import Linux

/// One worker: one thread around one epoll. It accepts from its lanes, serves, and drains when it is told to.
///
/// Connections stand in an array by descriptor. A turn reads once from each ready connection, answers all whole requests
/// that came, and sends all these answers at once. When nothing happens it makes no system call.
///
/// It is a struct, so that the compiler itself proves that no two accesses to its state overlap: as a class it spent a
/// third of its own time on pipelined requests in proving it at run time.
struct WorkerLoop: ~Copyable {
    /// How the loop ended.
    enum Ending: Equatable, Sendable {
        /// Everything was answered, or the drain's time was over.
        case drained
        /// A second signal asked for an end at once.
        case killed
    }

    /// Which registration an event is for, when it is for no connection: the upper half of a connection's token is
    /// never 0.
    enum Source {
        static let signals: UInt64 = 0
        static let control: UInt64 = 1
        static let pool: UInt64 = 2
        static let port: UInt64 = 3
        static let line: UInt64 = 4
        static let mailbox: UInt64 = 6
        static let firstLane: UInt64 = 16
    }

    let site: Site
    let configuration: Configuration
    let limits: TimeLimits
    var epoll: Epoll
    /// Where connections come from; nil: one that was left.
    var lanes: [Lane?]
    let control: ControlChannel?
    let signals: SignalChannel?
    let notifySocket: String?
    /// When the supervisor's watchdog is told next that the loop turns; nil: there is none.
    var heartbeat: Heartbeat?
    let pool: BlockingPool
    /// How tasks reach the loop, and whether there were ever any.
    let mailbox: LoopMailbox
    var usesMailbox = false
    let scoreboard: ScoreboardWriter
    /// Where requests are noted; nil: nowhere.
    let log: AccessLogWriter?

    var connections: [Connection?] = []
    var connectionCount = 0
    var registrations: UInt32 = 0
    var wheel: TimerWheel

    /// The beginning of this turn, in microseconds of the monotonic clock.
    var turnStart: Int64
    /// The same in milliseconds, the unit of deadlines.
    var now: Int64 { turnStart / 1000 }
    /// Answers to requests that this turn read, and whose time is not counted yet.
    var answeredInTurn = 0
    var dateLine = DateLine()
    var nextDate = Int64.min
    var drain: DrainPolicy?
    var tunnelEnds = TunnelEnds()
    var ending: Ending?
    /// When the lanes are watched again, after the process ran out of descriptors; nil while they are.
    var acceptsAgainAt: Int64?
    var restIsSaidAgainAt = Int64.min
    /// The lanes that connections are taken from, by their places in `lanes`.
    var openLanes: Set<Int>

    /// Where connections of draining workers arrive; nil when nobody sends any.
    var port: HandoverPort?
    /// When it is watched again, after there was no room for more connections; nil while it is.
    var adoptsAgainAt: Int64?
    /// How many it may hold, and when it may be said again that there is no room for more.
    var adoption: AdoptionRoom
    var noRoomIsSaidAgainAt = Int64.min
    /// What is done with idle connections in a drain, the way by which they go, and those that wait to go.
    var handover = HandoverMachine()
    var line: HandoverLine?
    var offered: [UInt64] = []

    let receiveBuffer: ReceiveBuffer
    var parser: RequestHeadParser
    var captures: [ByteRange] = []
    /// Names for requests.
    var names = RequestIDSource()
    /// Whether new connections are read at once.
    var earlyReads = EarlyReads()
    var fileCache = FileCache()
    /// When it may be said again that files cannot be opened.
    var filesAreSaidAgainAt = Int64.min
    /// What bodies that are kept for slow peers take of the disk, and when it may be said again that it is too much.
    let spoolBudget: SpoolBudget
    let spoolDirectory: String
    var spoolIsSaidAgainAt = Int64.min
    /// What bodies that arrive take of the memory.
    let bodyMemory: BodyMemory
    /// Answers to the connection in hand, not sent yet.
    var out: [UInt8] = []
    /// The servers behind, the connections to them by descriptor, and whether any of these came free in this turn.
    var upstreams: [Upstream]
    var links: [UpstreamLink?] = []
    var upstreamsAreDue = false
    var knownScripts = KnownScripts()
    /// Connections that the end of this turn looks at, because their streams went on.
    var due: [UInt64] = []

    /// A loop over what was inherited; `signals` is nil in tests, where no process is the loop's own.
    init(
        _ site: Site, _ configuration: Configuration, _ inheritance: Inheritance, signals: SignalChannel?
    ) throws(SystemError) {
        let epoll = try Epoll(capacity: 256)
        let pool = try BlockingPool(
            limit: configuration.maxBlockingHandlers, maxWaiting: configuration.maxWaitingHandlers,
            maxWaitingBytes: configuration.maxWaitingBodyBytes)
        let mailbox = try LoopMailbox()
        let log: AccessLogWriter? = if let log = site.log { try AccessLogWriter(log) } else { nil }
        let scoreboard = try ScoreboardWriter(Self.file(inheritance.scoreboard))
        self.site = site
        upstreams = site.upstreams.map { Upstream($0) }
        self.configuration = configuration
        let spoolBudget = SpoolBudget(limit: configuration.maxSpooledBytes)
        let spoolDirectory = configuration.spoolDirectory ?? ThisProcess.variable("TMPDIR") ?? "/tmp"
        self.spoolBudget = spoolBudget
        self.spoolDirectory = spoolDirectory
        bodyMemory = BodyMemory(
            limit: configuration.maxArrivingBodyBytes, directory: spoolDirectory, spoolBudget)
        limits = TimeLimits(configuration)
        self.epoll = epoll
        self.pool = pool
        self.log = log
        self.mailbox = mailbox
        self.scoreboard = scoreboard
        self.signals = signals
        lanes = inheritance.lanes
        openLanes = Set(inheritance.lanes.indices)
        control = inheritance.control.map { ControlChannel(owning: $0) }
        port = inheritance.handover.map { HandoverPort(owning: $0) }
        adoption = AdoptionRoom(
            maxDescriptors: Int(clamping: (try? ResourceLimit.files.current().soft) ?? 1024),
            limit: configuration.maxAdopted)
        notifySocket = inheritance.notifySocket
        parser = RequestHeadParser(limits: configuration.headLimits)
        receiveBuffer = ReceiveBuffer(byteCount: 64 * 1024)
        let turnStart = MonotonicClock.microseconds()
        self.turnStart = turnStart
        wheel = TimerWheel(now: turnStart / 1000)
        heartbeat = inheritance.watchdog.map { Heartbeat(limit: $0, at: turnStart / 1000) }
    }

    private static func file(_ number: CInt?) -> FileDescriptor? {
        guard let number else { return nil }
        return FileDescriptor(owning: number)
    }

    /// Serves until it is drained. Says READY when it accepts.
    mutating func run() throws(SystemError) -> Ending {
        out.reserveCapacity(64 * 1024)
        try watch()
        notifyReady()
        while true {
            let count = try epoll.wait(timeout: timeout())
            if usesMailbox { mailbox.isAwake() }
            turnStart = MonotonicClock.microseconds()
            for index in 0..<count { dispatch(epoll.ready(index)) }
            runTimers()
            runTasks()
            if !upstreams.isEmpty { runUpstreams() }
            runStreams()
            beat()
            if handover.isOn, !offered.isEmpty { handOver() }
            let ending = ending ?? drainEnding()
            countLatency()
            log?.turn(at: now)
            if let ending {
                runTasks()  // Those that were cancelled may put their things in order.
                log?.close()
                return ending
            }
        }
    }

    private mutating func watch() throws(SystemError) {
        if let signals { try epoll.add(signals.number, .readable, token: Source.signals) }
        if let control { try epoll.add(control.number, .readable, token: Source.control) }
        try epoll.add(pool.number, .readable, token: Source.pool)
        try epoll.add(mailbox.number, .readable, token: Source.mailbox)
        try watchPort()
        for index in lanes.indices { try watchLane(index) }
    }

    private mutating func dispatch(_ ready: Epoll.Ready) {
        guard ready.token >> 32 == 0 else {
            if ready.token & UpstreamLink.mark != 0 { return linkReady(ready.token, ready.events) }
            if let connection = connection(ready.token) { connectionReady(connection, ready.events) }
            return
        }
        switch ready.token {
        case Source.signals: readSignals()
        case Source.control: readControl(isBroken: ready.events.contains(.hangUp))
        case Source.pool: takeResults()
        case Source.port: portReady()
        case Source.line: lineReady()
        case Source.mailbox: break  // It was drained when the loop woke; the turn runs what there is.
        default: accept(from: Int(ready.token - Source.firstLane))
        }
    }

    /// The connection of a token, unless it is gone.
    func connection(_ token: UInt64) -> Connection? {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < connections.count, let connection = connections[index], connection.token == token else {
            return nil
        }
        return connection
    }
}
