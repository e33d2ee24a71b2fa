/// What the loop tells of a hook.
package enum HookNews: Equatable, Sendable {
    /// The launch step runs, and waits for `launchHook`.
    case spawned(ProcessIdentity)
    /// There is no process.
    case notSpawned(reason: String)
    /// Neither it nor anything of its session is left.
    case ended(WorkerEnd)
}

/// The life of one run of a hook, from the wish for it to its end.
///
/// Like a worker it is started in two steps, so that its pid is in the durable state before it does anything: a later
/// master finds it, and no hook runs that nobody knows of.
package struct HookMachine: Equatable, Sendable {
    /// Where it stands.
    package enum State: Equatable, Sendable {
        /// The launch step is being started. → running, unwanted, over
        case spawning
        /// As spawning, but nobody wants it any more. → killed, over
        case unwanted
        /// It runs, and has until then. → terminating, over
        case running(ProcessIdentity, deadline: Instant)
        /// It and its group were asked to end; killed then. → killed, over
        case terminating(ProcessIdentity, killAt: Instant)
        /// It and its group were killed. → over
        case killed(ProcessIdentity)
        /// There is no process of it; nil: it did what it was meant to.
        case over(HookFailure?)
    }

    /// Which one.
    package let kind: HookKind
    /// The generation of its deploy.
    package let generation: GenerationNumber
    /// The time that it may take.
    let limit: Duration
    /// From asking it to end until it is killed.
    let grace: Duration
    /// Where it stands.
    package private(set) var state: State = .spawning
    /// Why it is being ended.
    private var cause: HookFailure?

    init(_ kind: HookKind, of generation: GenerationNumber, limit: Duration, grace: Duration) {
        self.kind = kind
        self.generation = generation
        self.limit = limit
        self.grace = grace
    }

    /// A hook as an earlier master left it: with the process that is still there, if one is. Without one it is over, or,
    /// when it had not begun, still to be started.
    init(
        resuming kind: HookKind, of generation: GenerationNumber, _ process: ProcessIdentity?, hasBegun: Bool,
        limit: Duration, grace: Duration, at now: Instant
    ) {
        self.init(kind, of: generation, limit: limit, grace: grace)
        if let process {
            state = .running(process, deadline: now + limit)
        } else if hasBegun {
            state = .over(.ended(.unobserved))
        }
    }

    /// Its process, while it has one.
    package var process: ProcessIdentity? {
        switch state {
        case .spawning, .unwanted, .over: nil
        case .running(let process, _), .terminating(let process, _), .killed(let process): process
        }
    }

    /// When it wants a tick.
    package var nextDeadline: Instant? {
        switch state {
        case .running(_, let deadline): deadline
        case .terminating(_, let killAt): killAt
        case .spawning, .unwanted, .killed, .over: nil
        }
    }

    /// The first effect.
    func begin() -> [Effect] { [.spawnHook(kind, generation)] }

    /// The launch step is there, and waits.
    private mutating func spawned(_ process: ProcessIdentity, at now: Instant) -> [Effect] {
        switch state {
        case .spawning:
            state = .running(process, deadline: now + limit)
            return [.launchHook(kind, generation)]
        case .unwanted:
            state = .killed(process)
            return [.killHook(kind, generation)]
        case .running, .terminating, .killed, .over:
            fatalError("the \(kind) hook of generation \(generation) was spawned in state \(state)")
        }
    }

    mutating func handle(_ news: HookNews, at now: Instant) -> [Effect] {
        switch news {
        case .spawned(let process): return spawned(process, at: now)
        // There is no process.
        case .notSpawned(let reason): state = .over(cause ?? .notSpawned(reason: reason))
        // Nothing is left of it.
        case .ended(let end): state = .over(cause ?? (end == .exited(code: 0) ? nil : .ended(end)))
        }
        return []
    }

    /// Nobody wants it any more, or its time is up.
    mutating func end(_ why: HookFailure, at now: Instant) -> [Effect] {
        cause = cause ?? why
        switch state {
        case .spawning:
            state = .unwanted
            return []
        case .running(let process, _):
            state = .terminating(process, killAt: now + grace)
            return [.terminateHook(kind, generation)]
        case .unwanted, .terminating, .killed, .over:
            return []
        }
    }

    mutating func tick(at now: Instant) -> [Effect] {
        guard let deadline = nextDeadline, now >= deadline else { return [] }
        switch state {
        case .running:
            return end(.timedOut(after: limit), at: now)
        case .terminating(let process, _):
            state = .killed(process)
            return [.killHook(kind, generation)]
        case .spawning, .unwanted, .killed, .over:
            return []
        }
    }
}
