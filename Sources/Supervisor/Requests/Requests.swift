internal import DeployCore

/// The commands that wait for an answer, and who is to get it.
final class Requests {
    /// A command on its way.
    struct Pending {
        /// The control connection; nil when nobody listens: the client has gone, or there was none.
        var client: ControlClientID?
        let who: HistoryRecord.Who
        let verb: ControlVerb
        let askedAt: Instant
        /// The release that is to be deployed.
        let release: RunnableRelease?
        /// The time of its cancellation, unless the cut-over has come.
        var deadline: Instant?
        var isOverdue = false
        /// The generation that was started for it.
        var generation: GenerationNumber?
        /// More to tell if it succeeds, a line each.
        var news: [String] = []
        /// The settings that hold again when it does not: it is a reload.
        var former: Configuration?
        var step: DeployStep?
        /// The result of the step under way, in words.
        var detail: String?
        /// The result of its last failed probe.
        var lastProbe: String?
        /// Results of its probes that the journal has, if there is no client.
        var probesTold: Set<String> = []
        /// The outcome was explained already, and only a hook is awaited.
        var isConcluding = false
        /// The client was told that the watch sees no 5xx.
        var isToldOfCounts = false
    }

    private let clients: Clients
    private var pending: [RequestNumber: Pending] = [:]
    private var last = 0

    init(_ clients: Clients) { self.clients = clients }

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

    /// Clients that wait for an answer to this verb.
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
