internal import DeployCore
internal import Linux

/// What the machine says of who accepts connections.
struct Accepting {
    /// Whether users are let in: false when the master stops.
    let isRunning: Bool
    /// The generation that new connections are sent to, or most of them.
    let serving: GenerationNumber?
    /// Generations whose workers were told to drain, and when.
    let draining: [GenerationNumber: Instant]
    /// Those that accept no more, the draining ones among them.
    let deaf: Set<GenerationNumber>
}

extension Accepting {
    init(_ machine: Machine) {
        isRunning = machine.phase == .running
        serving = machine.serving
        let leaving = machine.generations.filter { $0.stage == .draining }
        draining = Dictionary(uniqueKeysWithValues: leaving.map { ($0.number, $0.since) })
        deaf = Set(machine.generations.filter(\.isDeaf).map(\.number))
    }
}

extension GenerationMachine {
    fileprivate var isDeaf: Bool {
        switch stage {
        case .draining, .ending, .gone: true
        case .preparing, .opening, .booting, .probing, .standingBy, .serving, .warm, .retiring: false
        }
    }
}

/// Whom the listeners ask, and tell.
protocol ListenerHost: AnyObject {
    /// What the machine says now.
    var accepting: Accepting { get }
    /// Gives a connection to the generation that serves; false when it does not take it, now or ever.
    ///
    /// - Parameters:
    ///   - listener: where it came from.
    ///   - isKeptOut: it is for the pages of maintenance, and for nobody else.
    func handOver(_ straggler: borrowing Socket, from listener: ListenerSetting, isKeptOut: Bool) -> Bool
    /// The order of a group is another: the next master needs it.
    func orderChanged()
}
