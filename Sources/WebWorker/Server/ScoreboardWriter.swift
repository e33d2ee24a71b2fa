internal import Handoff
internal import Linux

/// The worker's side of the scoreboard: plain stores into mapped memory, no system call.
///
/// Without a scoreboard (run by hand) it counts into memory that nobody reads, so that the loop need not ask.
@safe struct ScoreboardWriter: ~Copyable {
    private let mapping: SharedMapping?
    /// Kept for a master that follows: it asks the worker for it.
    private let file: FileDescriptor?
    private let memory: UnsafeMutablePointer<UInt64>
    private let isOwned: Bool

    /// Counts in `file`, which the writer owns from now on.
    init(_ file: consuming FileDescriptor?) throws(SystemError) {
        let mapping: SharedMapping?
        if let given = consume file {
            mapping = try SharedMapping(given, byteCount: Scoreboard.byteCount, writable: true)
            self.file = consume given
        } else {
            mapping = nil
            self.file = nil
        }
        let count = Scoreboard.byteCount / MemoryLayout<UInt64>.stride
        if let mapping {
            unsafe memory = mapping.memory.bindMemory(to: UInt64.self, capacity: count)
            isOwned = false
            self.mapping = consume mapping
        } else {
            unsafe memory = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
            unsafe memory.initialize(repeating: 0, count: count)
            isOwned = true
            self.mapping = nil
        }
        unsafe memory[0] = Scoreboard.magic
    }

    deinit {
        if isOwned { unsafe memory.deallocate() }
    }

    @inline(__always)
    func add(_ counter: Scoreboard.Counter, _ amount: Int = 1) {
        unsafe memory[counter.rawValue] &+= UInt64(truncatingIfNeeded: amount)
    }

    func set(_ counter: Scoreboard.Counter, _ value: Int) { unsafe memory[counter.rawValue] = UInt64(value) }

    /// Counts an answer by its class.
    @inline(__always)
    func count(_ status: Status) {
        add(.requests)
        switch status.rawValue {
        case 200..<300: add(.success)
        case 300..<400: add(.redirection)
        case 400..<500: add(.clientError)
        // What the client asked for is nothing that HTTP/1.1 or the site has: no fault of the release.
        case 501, 505: add(.clientError)
        case 500...: add(.serverError)
        default: add(.informational)
        }
    }

    /// Counts an answer among those of a site, by the number of its virtual host.
    @inline(__always)
    func count(_ status: Status, site: Int) {
        let place = Scoreboard.sitesStart + 2 * min(site, Scoreboard.sites - 1)
        unsafe memory[place] &+= 1
        if Scoreboard.isServerError(Int(status.rawValue)) { unsafe memory[place + 1] &+= 1 }
    }

    /// Counts answers that took so long, in the histogram.
    @inline(__always)
    func count(microseconds: Int64, answers: Int = 1) {
        let bucket = LatencyHistogram.bucket(microseconds: microseconds)
        unsafe memory[Scoreboard.latencyStart + bucket] &+= UInt64(truncatingIfNeeded: answers)
    }
}

/// The counter of the scoreboard that a connection belongs to.
enum Standing {
    case new, idle, inFlight, upgraded, other

    init(_ machine: ConnectionMachine) {
        self = machine.isIdle ? .idle : machine.isInFlight ? .inFlight : machine.isTunnel ? .upgraded : .other
    }

    var counter: Scoreboard.Counter? {
        switch self {
        case .idle: .idle
        case .inFlight: .inFlight
        case .upgraded: .upgraded
        case .new, .other: nil
        }
    }
}
