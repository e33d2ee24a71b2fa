internal import DeployCore
internal import Handoff
internal import Linux

// What workers say.
extension Workers {
    /// Takes up what a worker said.
    func heard(_ number: WorkerNumber, atMost limit: Int = WorkerVoice.messagesPerTurn) -> [Event] {
        guard let worker = self[number] else { return [] }
        let heard = worker.notifications(atMost: limit)
        if let stranger = heard.stranger { tell(of: stranger, for: worker) }
        let now = EventLoop.now()
        if worker.voice.isTooLoud(heard.count, at: now) { mute(worker) }
        if heard.isHeldUp, worker.voice.mute(at: now) { holdUp(worker) }
        return heard.notifications.flatMap { takeUp($0, of: worker) }
    }

    /// Takes up all that a worker said before it ended: to be called before it is reaped.
    func heardLast(_ number: WorkerNumber) -> [Event] { heard(number, atMost: WorkerVoice.lastMessages) }

    private func takeUp(_ said: Notification, of worker: WorkerProcess) -> [Event] {
        if let status = said.status { worker.statusText = status }
        var events: [Event] = said.pulses.map { .pulse(worker.number, $0) }
        if let more = said.timeoutExtension { events.append(.extended(worker.number, by: more)) }
        if said.isReady {
            worker.handoverVersion = worker.hasHandover ? said.handoverVersion : 0
            worker.level = (said.level ?? 0) >= 2 ? .drains : .notifies
            worker.spares = said.sparesConnections
            tellHandovers(of: worker)
            tellShares()
            tellCertificates()
            if let obstacle = obstacleToTLS(of: worker, said) {
                events.append(.unfit(worker.number, reason: obstacle))
            }
            events.append(.ready(worker.number, worker.level))
        }
        return events
    }

    /// Takes up what a worker said in einhorn's way.
    func acknowledged(_ number: WorkerNumber) -> [Event] {
        guard let worker = self[number], let acknowledge = worker.acknowledge,
            acknowledge.read(loop, Token(.acknowledge, number), for: worker.identity),
            worker.level == .plain
        else { return [] }
        worker.level = .notifies
        return [.ready(number, worker.level)]
    }

    /// Stops listening to workers that say too much, for a while, so that they cannot keep the loop busy.
    private func mute(_ worker: WorkerProcess) {
        loop.remove(worker.notifyNumber)
        log("\(name(worker)) (pid \(worker.pid)) sends too many messages; they are read once a second", .warning)
    }

    /// Stops listening to a worker for a while, until what it sent along is closed.
    private func holdUp(_ worker: WorkerProcess) {
        loop.remove(worker.notifyNumber)
        log.seldom(
            "ear \(worker.number)",
            "\(name(worker)) (pid \(worker.pid)) sends descriptors that cannot be closed at once; its messages are read when they are",
            .warning)
    }

    /// The next end of a worker's silence, or the next try to tell one its share.
    var nextDeadline: Instant? {
        living.compactMap(\.voice.mutedUntil).min().earlier(sharing.retryAt).earlier(certificatesRetryAt)
    }

    /// Listens again to those whose time has come, and tells those again who could not be told.
    func expire(at now: Instant) {
        if let retryAt = sharing.retryAt, retryAt <= now { tellShares() }
        if let retryAt = certificatesRetryAt, retryAt <= now { tellCertificates() }
        for worker in living {
            guard let until = worker.voice.mutedUntil, until <= now else { continue }
            worker.voice.unmute()
            try? loop.add(worker.notifyNumber, .readable, Token(.notify, worker.number))
        }
    }

    /// Says once for each worker that somebody else spoke in its name.
    private func tell(of stranger: PeerCredentials, for worker: WorkerProcess) {
        guard !worker.voice.hasToldOfStranger else { return }
        worker.voice.hasToldOfStranger = true
        log(
            "\(generations.releases.name(worker.generation)): process \(stranger.pid) of user \(stranger.uid) spoke for worker "
                + "\(worker.slot) (pid \(worker.pid)) but is not in its session, or had exited already; ignored",
            .warning)
    }
}

extension Notification {
    fileprivate var pulses: [Pulse] {
        var pulses: [Pulse] = []
        if let watchdogLimit, watchdogLimit > .zero { pulses.append(.limit(watchdogLimit)) }
        if isAlive { pulses.append(.alive) }
        if isFailing { pulses.append(.failing) }
        return pulses
    }
}
