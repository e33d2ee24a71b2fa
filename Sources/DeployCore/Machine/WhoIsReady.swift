/// In which generations of a deploy somebody accepts what is steered there.
package struct WhoIsReady: Equatable, Sendable {
    /// In the one that served when it began.
    var old = true
    /// In the new one.
    var new = true
    /// What users call the release of the old one.
    var label = ""
}

extension Machine {
    /// Who is ready in the generations of the deploy under way.
    func whoIsReady(at now: Instant) -> WhoIsReady {
        let old = generation(deployment?.predecessor)
        return WhoIsReady(
            old: old?.mayServe(at: now) ?? false,
            new: generation(deployment?.generation)?.mayServe(at: now) ?? false, label: old?.plan.label ?? "")
    }

    /// What follows for users from who is ready now: whether they go back after all, and who is passed on.
    mutating func lookAfterUsers(at now: Instant) -> [Effect] {
        guard phase == .running else { return [] }
        var effects: [Effect] = []
        if let deployment { effects += tell(.reconsider, about: deployment.generation, at: now) }
        return effects + passOnWaiting(at: now)
    }

    /// What waits at a generation that has lost its users, and that nobody takes there, goes to the one that serves. While
    /// steering is on its way back users may be anywhere.
    private mutating func passOnWaiting(at now: Instant) -> [Effect] {
        guard deployment?.isUndoing != true, generation(serving)?.mayServe(at: now) == true else { return [] }
        return lineage.deserted(at: now).flatMap { lineage.evacuate($0) }
    }
}
