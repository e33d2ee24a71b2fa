/// A deploy that somebody asked for.
package struct DeployWish: Equatable, Sendable {
    /// Nil: the master itself asked.
    package let request: RequestNumber?
    package let plan: ReleasePlan
    package let kind: DeployKind
}

/// Deploys that wait until the one under way is over, or until fewer generations drain; first come, first served.
package struct DeployQueue: Equatable, Sendable {
    private var wishes: [DeployWish] = []

    package var count: Int { wishes.count }
    package var isEmpty: Bool { wishes.isEmpty }

    /// Why another deploy cannot wait; nil: it can.
    ///
    /// - Parameter places: so many may wait.
    func refusal(places: Int) -> Refusal? { wishes.count < places ? nil : .queueFull(limit: places) }

    /// Takes a deploy in, and tells whoever asked.
    mutating func add(_ wish: DeployWish) -> Effect {
        wishes.append(wish)
        return .report(wish.request, .queued(behind: wishes.count))
    }

    /// Takes a deploy out again; false: none of this request waits.
    mutating func remove(_ request: RequestNumber) -> Bool {
        guard let index = wishes.firstIndex(where: { $0.request == request }) else { return false }
        wishes.remove(at: index)
        return true
    }

    /// The first deploy that may begin, which waits no longer.
    mutating func next(where mayBegin: (DeployWish) -> Bool) -> DeployWish? {
        wishes.firstIndex(where: mayBegin).map { wishes.remove(at: $0) }
    }

    /// Whoever takes the deploy under way back is told that another begins then, which may be a surprise.
    ///
    /// - Parameter effects: what came of the request: one that was refused changes nothing.
    func reminder(of effects: [Effect], for request: RequestNumber?) -> [Effect] {
        let isRefused = effects.contains { if case .finish(request, .refused) = $0 { true } else { false } }
        guard !isRefused, let next = wishes.first else { return [] }
        return [.report(request, .note(.deployWaits(label: next.plan.label)))]
    }

    /// Nothing begins any more.
    mutating func refuseAll() -> [Effect] {
        defer { wishes = [] }
        return wishes.map { .finish($0.request, .refused(.stopping)) }
    }
}
