/// The states of a generation.
enum GenerationPhase: Equatable, Sendable {
    /// Waits until the state is saved. → opening, ending
    case preparing
    /// Waits for its lanes. → proving, ending
    case opening
    /// Its workers start, and have to answer. → standingBy, ending
    case proving(GenerationProof)
    /// Proven; no user has met it. → serving, retiring, draining, ending
    case standingBy
    /// New connections are steered to it. → warm, retiring, draining
    case serving
    /// Its successor serves; it keeps its workers, and can serve again at once while one of them is ready. With an end, the
    /// successor was committed; without one, it is watched, or a deploy goes back. → serving, retiring, draining
    case warm(until: Instant?)
    /// It gets no new connections; its lanes run empty. → draining
    case retiring(Retirement)
    /// Its workers finish what they have. → ending, gone
    case draining
    /// Its workers are asked to exit at once. → gone
    case ending
    /// No process of it is left, and its lanes are given back.
    case gone

    /// The state's name.
    var stage: GenerationStage {
        switch self {
        case .preparing: .preparing
        case .opening: .opening
        case .proving(let proof): proof.isProbing ? .probing : .booting
        case .standingBy: .standingBy
        case .serving: .serving
        case .warm: .warm
        case .retiring: .retiring
        case .draining: .draining
        case .ending: .ending
        case .gone: .gone
        }
    }

    /// The state as another master left it.
    init(resuming durable: DurableGeneration, retire: RetirePolicy, at now: Instant) {
        self =
            switch durable.stage {
            case .preparing: .preparing
            case .opening: .opening
            case .booting: .proving(GenerationProof(by: now))
            case .probing: .proving(GenerationProof(by: now, isProbing: true))
            case .standingBy: .standingBy
            case .serving: .serving
            case .warm: .warm(until: durable.warmUntil)
            case .retiring: .retiring(Retirement(retire, since: now))
            case .draining: .draining
            case .ending: .ending
            case .gone: .gone
            }
    }
}
