internal import DeployCore
internal import Handoff
internal import Linux

// What workers are told of their kept connections: the effect `share`.
extension Workers {
    /// How long until a worker is told again whose socket was full.
    private static let pause = Duration.milliseconds(100)

    /// Tells workers how kept connections are shared from now on.
    ///
    /// - Parameter generations: those that have met users. Whoever is only being probed keeps what comes.
    func share(_ target: SteeringTarget, among generations: Set<GenerationNumber>) {
        sharing.target = target
        sharing.generations = generations
        tellShares()
    }

    /// Has all kept connections go to the pages of maintenance, but those from some networks; nil: no more.
    func close(_ closure: Closure?) {
        sharing.closure = closure
        tellShares()
    }

    /// Whether workers that have users know nothing of it: requests on connections that they keep get the site.
    var keepConnections: Bool {
        living.contains { $0.slot.isWeb && !$0.spares && sharing.generations.contains($0.generation) }
    }

    /// Tells those who do not know it yet, first those who keep more: what others send them must not come back.
    func tellShares() {
        guard let target = sharing.target else { return }
        sharing.retryAt = nil
        let told = living.filter { $0.slot.isWeb && $0.level == .drains && !$0.isLeaving }
        let orders = told.map { ($0, order(for: $0, target)) }.filter { $0.share != $1 }
        for (worker, order) in orders.sorted(by: { $0.1.lots.count > $1.1.lots.count }) {
            let line = order.others.flatMap { handovers.line(to: $0) }
            let message = ControlMessage.share(
                keeping: order.lots, version: line?.version ?? 1, sparing: order.spared)
            if worker.tell(message, line: line) {
                worker.share = order
            } else {
                sharing.retryAt = EventLoop.now() + Self.pause
            }
        }
    }

    /// What a worker is to keep: everything, where the others take no connections.
    private func order(for worker: WorkerProcess, _ target: SteeringTarget) -> KeptShare {
        let generation = worker.generation
        guard sharing.generations.contains(generation) else { return .everything }
        if let closure = sharing.closure, worker.spares, handovers.takes(.maintenance) {
            return KeptShare(lots: 0..<0, others: .maintenance, spared: closure.allowed.map(\.description))
        }
        let share = target.share(of: generation)
        guard let others = share.others, handovers.takes(others) else { return .everything }
        return share
    }

    /// Whether a generation's lanes and hand-over socket are in use, with a worker that drains or without: it serves, or has
    /// a share.
    func serves(_ generation: GenerationNumber, _ accepting: Accepting) -> Bool {
        guard accepting.isRunning, let serving = accepting.serving else { return false }
        if serving == generation { return true }
        return sharing.target?.generations.isSuperset(of: [serving, generation]) ?? false
    }
}

/// How kept connections are shared.
struct Sharing {
    /// By these shares; nil: nobody has said so yet.
    var target: SteeringTarget?
    /// Among these generations.
    var generations: Set<GenerationNumber> = []
    /// Who keeps users out meanwhile; nil: nobody does.
    var closure: Closure?
    /// When a worker is told that could not be told last time; nil: there is none.
    var retryAt: Instant?
}
