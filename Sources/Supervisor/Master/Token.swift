internal import DeployCore

/// What a registration in the master's epoll is about: a kind in the high 16 bits, a serial number in the low 48.
///
/// Serial numbers are never used again, so an event that comes late for something closed finds nobody.
struct Token: Hashable, Sendable {
    enum Kind: UInt64, Sendable {
        case signals = 1
        /// The control server's own space: it gives out the serial numbers.
        case control
        /// A worker's process; the serial number is the worker's.
        case process
        /// A worker's notify socket; the serial number is the worker's.
        case notify
        /// Where a worker says in einhorn's way that it is up; the serial number is the worker's.
        case acknowledge
        case probe
        case logs
        case lane
        case relay
        /// The connection to the keeper of the lanes.
        case keeper
        /// A child that is no worker.
        case helper
        /// Connections on their way from a hand-over socket to the next.
        case forward
        /// The trial run of an upgrade: its process and its output.
        case trial
        /// A process of the hook under way.
        case hook
        /// What the hook under way prints.
        case hookOutput
        /// A process of the test under way.
        case test
        /// What the test under way prints.
        case testOutput
        /// Names of sockets that came or went.
        case names
        /// A process that a worker left alive.
        case orphan
        /// Names that went away in the state directory.
        case presence
        /// What systemd says of the service's job.
        case job
        /// Directories of certificates in which something has changed.
        case certificates
        /// A worker of maintenance: its process, or what it says.
        case maintenance
        /// A process of a run that the clock has started.
        case run
        /// The next moment of a schedule.
        case clock
    }

    private static let serialBits: UInt64 = 48

    let kind: Kind
    let serial: UInt64

    init(_ kind: Kind, _ serial: UInt64 = 0) {
        self.kind = kind
        self.serial = serial
    }

    init(_ kind: Kind, _ worker: WorkerNumber) { self.init(kind, UInt64(worker.rawValue)) }

    /// Reads what epoll gave back; nil for a kind that does not exist.
    init?(number: UInt64) {
        guard let kind = Kind(rawValue: number >> Self.serialBits) else { return nil }
        self.init(kind, number & ((1 << Self.serialBits) - 1))
    }

    var number: UInt64 { kind.rawValue << Self.serialBits | serial }
}
