internal import DeployCore
internal import Handoff
internal import Linux

/// The probes under way: the effect `probe`, one request to a lane of the generation.
///
/// A part of the master: it owns the probes' sockets and their deadlines, and what comes of them are events for the machine.
final class Probes {
    /// A listener of the generation, whose lane its workers have as this descriptor.
    typealias Place = (listener: any Listener, descriptor: CInt)

    private let loop: EventLoop
    /// Does not count them.
    private let counting: KernelCounts
    private var probes: [UInt64: Probe] = [:]
    /// Probes asked for of each generation; the number chooses the listener for the next.
    private var turns: [GenerationNumber: Int] = [:]
    /// Probes sent to each generation. (Its workers count them too.)
    private var counts: [GenerationNumber: ProbeCounts] = [:]

    init(_ loop: EventLoop, _ counting: KernelCounts) {
        self.loop = loop
        self.counting = counting
    }

    /// Whether one was sent to a generation.
    func hasBegun(_ generation: GenerationNumber) -> Bool { counts[generation] != nil }

    /// Sends one, over one listener after the other, so that each is proven.
    ///
    /// - Parameter limit: how long it may take.
    /// - Returns: that it failed, when nothing was sent.
    func begin(
        _ generation: GenerationNumber, at places: [Place], _ release: RunnableRelease, limit: Duration
    ) -> [Event] {
        let turn = turns[generation, default: 0]
        turns[generation] = turn + 1
        guard !places.isEmpty else { return [.probeFailed(generation, ProbeFailure("there is no lane to probe"))] }
        do throws(SystemError) {
            try send(to: generation, places[turn % places.count], release, limit)
            return []
        } catch {
            return [.probeFailed(generation, ProbeFailure(error.explained))]
        }
    }

    private func send(
        to generation: GenerationNumber, _ place: Place, _ release: RunnableRelease, _ limit: Duration
    ) throws(SystemError) {
        let request = release.probeRequest(over: place.listener.setting)
        let probe = try Probe(of: generation, over: place.listener, place.descriptor, request, within: limit)
        let serial = loop.nextSerial()
        probes[serial] = probe
        do throws(SystemError) {
            // The kernel must know the way before the connection comes.
            let source = try probe.source()
            try place.listener.admit(source, to: generation)
            counting.admit(source)
            try probe.start()
            try loop.add(probe.number, .writable, Token(.probe, serial))
            counts[generation, default: ProbeCounts()].sent += 1
        } catch {
            end(serial)
            throw error
        }
    }

    /// Those sent to a generation so far.
    func counts(of generation: GenerationNumber) -> ProbeCounts {
        var counts = counts[generation] ?? ProbeCounts()
        counts.inFlight = probes.values.count { $0.generation == generation }
        return counts
    }

    var nextDeadline: Instant? { probes.values.map(\.deadline).min() }

    /// Goes on with a probe whose socket is ready.
    func ready(_ serial: UInt64) -> [Event] {
        guard let probe = probes[serial] else { return [] }
        switch probe.advance() {
        case .wait:
            try? loop.modify(probe.number, probe.interest, Token(.probe, serial))
            return []
        case .succeeded:
            end(serial, isAnswered: true)
            return [.probeSucceeded(probe.generation)]
        case .failed(let failure):
            end(serial)
            return [.probeFailed(probe.generation, failure)]
        }
    }

    /// Gives up those whose time is up.
    func expire(at now: Instant) -> [Event] {
        probes.filter { $0.value.deadline <= now }.map { serial, probe in
            let failure = probe.outOfTime()
            end(serial)
            return .probeFailed(probe.generation, failure)
        }
    }

    /// Ends those of a generation that is given up: it has no answer to give, and a probe under way would be the request
    /// that its workers finish.
    func drop(of generation: GenerationNumber) {
        for (serial, probe) in probes where probe.generation == generation { end(serial) }
    }

    /// Forgets a generation that is gone.
    func forget(_ generation: GenerationNumber) {
        drop(of: generation)
        counts[generation] = nil
        turns[generation] = nil
    }

    private func end(_ serial: UInt64, isAnswered: Bool = false) {
        guard let probe = probes.removeValue(forKey: serial) else { return }
        counts[probe.generation, default: ProbeCounts()].bytes += probe.bytes
        if let status = probe.status {
            counts[probe.generation, default: ProbeCounts()].answered += 1
            if Scoreboard.isServerError(status) { counts[probe.generation]?.serverErrors += 1 }
        }
        loop.remove(probe.number)
        guard let source = try? probe.source() else { return }
        probe.listener.dismiss(source)
        counting.dismiss(source, answered: isAnswered ? probe.generation : nil)
    }
}
