internal import DeployCore

/// The commands that wait for an answer, and who is to get it.
final class Requests {
    /// A command on its way.
    struct Pending {
        /// The control connection; nil when nobody listens: the client has gone, or there was none.
        var client: ControlClientID?
        /// For the history.
        let who: HistoryRecord.Who
        /// For the client.
        let verb: ControlVerb
        /// When it was asked.
        let askedAt: Instant
        /// The release that is to be deployed.
        let release: RunnableRelease?
        /// When it is cancelled unless the cut-over has come.
        var deadline: Instant?
        /// Whether `deadline` has passed.
        var isOverdue = false
        /// The generation that was started for it.
        var generation: GenerationNumber?
        /// What else to tell when it succeeds, a line each.
        var news: [String] = []
        /// The settings that hold again when it does not: it is a reload.
        var former: Configuration?
        /// The step under way.
        var step: DeployStep?
        /// What its last failed probe met.
        var lastProbe: String?
        /// What the journal was told of its probes, where there is no client.
        var probesTold: Set<String> = []
        /// Whether its outcome was explained already, and only a hook is waited for.
        var isConcluding = false
        /// Whether it was told that the watch sees no 5xx.
        var isToldOfCounts = false
    }

    private let clients: Clients
    private var pending: [RequestNumber: Pending] = [:]
    private var last = 0

    init(_ clients: Clients) { self.clients = clients }

    /// Whether nobody waits for an answer.
    var isEmpty: Bool { pending.isEmpty }

    /// Takes a command in and numbers it.
    func add(_ command: Pending) -> RequestNumber {
        last += 1
        pending[RequestNumber(rawValue: last)] = command
        return RequestNumber(rawValue: last)
    }

    /// The command, while it waits.
    subscript(_ number: RequestNumber?) -> Pending? {
        get { number.flatMap { pending[$0] } }
        set { if let number { pending[number] = newValue } }
    }

    /// The answer is out.
    func remove(_ number: RequestNumber) { pending[number] = nil }

    /// The deploy that a connection asked for.
    func deploy(of client: ControlClientID) -> RequestNumber? {
        pending.first { $0.value.client == client && $0.value.release != nil }?.key
    }

    /// Who waits for an answer to this verb.
    func clients(of verb: ControlVerb) -> [ControlClientID] {
        pending.values.filter { $0.verb == verb }.compactMap(\.client)
    }

    /// Who asked for the deploy that started a generation, and listens.
    func client(deploying generation: GenerationNumber) -> ControlClientID? {
        pending.values.first { $0.generation == generation && $0.client != nil }?.client
    }

    /// A client left: its commands go on without it.
    func forget(_ client: ControlClientID) {
        for (number, command) in pending where command.client == client { pending[number]?.client = nil }
    }

    /// To the one who asked, if there is one who listens.
    func send(_ event: ControlEvent, to number: RequestNumber?) { clients.send(event, to: self[number]?.client) }

    /// When the next command's time is up.
    var nextDeadline: Instant? { pending.values.compactMap { $0.isOverdue ? nil : $0.deadline }.min() }

    /// Cancels the deploys whose client wanted the cut-over by now, each once.
    func expire(at now: Instant) -> [Event] {
        let late = pending.filter { !$0.value.isOverdue && ($0.value.deadline.map { $0 <= now } ?? false) }.map(\.key)
        for number in late { pending[number]?.isOverdue = true }
        return late.map { .cancel(nil, deploy: $0) }
    }
}
