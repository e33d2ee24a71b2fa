internal import DeployCore
internal import Handoff
internal import Linux

/// Counts by the kernel, of generations whose web workers do not count.
///
/// A part of the master: it owns the kernel's maps and the links of its programs, which the keeper holds too. So counting goes
/// on through an upgrade and a kill of the master, and ends when both are gone, or when no generation is left that needs it:
/// nothing is pinned, and nothing of an earlier master can pile up.
///
/// Lanes are marked (``AnswerCounter``), not groups: the sockets of a generation's connections belong to the control group of
/// whoever made the lane, which is the master.
final class KernelCounts {
    /// What stands in the place of a listener's name in the keeper's hands. Those of another version are let go.
    static let keptName = ".counts.\(AnswerCounter.version)"

    /// What is known of a generation's sight.
    private struct Sight {
        /// Nil: it is not counted.
        var slot: Int?
        /// Why not; also of one that is counted, and whose answers the kernel did not recognize.
        var obstacle: String?
    }

    private let keeper: LaneKeeper
    private var counter: AnswerCounter?
    private var sights: [GenerationNumber: Sight] = [:]

    /// Counts nothing yet.
    init(keeper: LaneKeeper) { self.keeper = keeper }

    /// Takes over what the keeper held for an earlier master.
    func recover(_ left: [Int: Socket.Box]) {
        guard let counter = AnswerCounter(taking: { left[$0]?.take()?.release() }) else { return }
        self.counter = counter
        for (index, number) in counter.descriptors.enumerated() {
            keeper.isKept(number, LaneName.make(Self.keptName, index))
        }
    }

    /// Counts what comes to a generation's lanes from now on; nothing new where it is counted already.
    ///
    /// - Parameter goesOn: whether an earlier master may have counted it: then the figures stay.
    func begin(_ generation: GenerationNumber, on lanes: [Lane], goesOn: Bool = false) {
        guard sights[generation] == nil else { return }
        let lanes = lanes.filter { $0.address.family != .unix }
        guard !lanes.isEmpty else {
            sights[generation] = Sight(obstacle: "connections over unix sockets are not seen")
            return
        }
        let slot = generation.rawValue % AnswerCounter.slots
        guard !sights.values.contains(where: { $0.slot == slot }) else {
            sights[generation] = Sight(obstacle: "too many generations are counted")
            return
        }
        do throws(SystemError) {
            let wasCounting = counter != nil
            let counter = if let counter { counter } else { try open() }
            if !goesOn || !wasCounting { try counter.clear(slot) }
            for lane in lanes { try counter.count(lane.socket.number, in: slot) }
            sights[generation] = Sight(slot: slot)
        } catch {
            sights[generation] = Sight(obstacle: CountingRights.obstacle(error))
            closeIfUnused()
        }
    }

    private func open() throws(SystemError) -> AnswerCounter {
        guard let group = CountingRights.group else { throw CountingRights.noGroup }
        let counter = try AnswerCounter(at: group)
        for (index, number) in counter.descriptors.enumerated() {
            keeper.keep(number, LaneName.make(Self.keptName, index))
        }
        self.counter = counter
        return counter
    }

    /// The generation's workers count for themselves, or are gone.
    func end(_ generation: GenerationNumber) {
        sights[generation] = nil
        closeIfUnused()
    }

    /// Lets go what an earlier master had, once it is known who is counted; and what nobody needs any more.
    func closeIfUnused() {
        guard let counter, !sights.values.contains(where: { $0.slot != nil }) else { return }
        for index in counter.descriptors.indices { keeper.forget(LaneName.make(Self.keptName, index)) }
        self.counter = nil
    }

    /// What was counted of a generation; nil while nothing of it was recognized as an answer. Deployd's own probe is the
    /// first that is.
    func counts(of generation: GenerationNumber) -> AnswerCounts? {
        guard let slot = sights[generation]?.slot, let counts = try? counter?.counts(in: slot),
            counts.probes > 0 || counts.answers > 0
        else { return nil }
        return counts
    }

    /// Why a generation's answers are not seen, as a clause; nil: they are, or nobody knows yet.
    func obstacle(to generation: GenerationNumber) -> String? {
        counts(of: generation) == nil ? sights[generation]?.obstacle : nil
    }

    /// The connection from here is a probe's, until `dismiss`.
    func admit(_ probe: SocketAddress) { try? counter?.admit(probe) }

    /// The probe has ended.
    ///
    /// - Parameter answered: the generation, if it gave an answer, which the kernel ought to have seen.
    func dismiss(_ probe: SocketAddress, answered generation: GenerationNumber?) {
        try? counter?.dismiss(probe)
        guard let generation, sights[generation]?.slot != nil else { return }
        sights[generation]?.obstacle = "the kernel saw no HTTP/1 in its answers"
    }
}

extension TrafficCounts {
    /// The kernel's counters as the machine takes them.
    ///
    /// Requests in flight are left out: to the kernel one whose head is not whole yet is under way too, and a client that
    /// sends slowly is no hang. A connection counts as accepted from its first answer on.
    init(_ counts: AnswerCounts) {
        self.init(
            accepted: counts.connections, answers: counts.answers, serverErrors: counts.answers(class: 5),
            latency: LatencyCounts(counts.latency))
    }
}
