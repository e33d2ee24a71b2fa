internal import DeployCore
internal import Linux

/// What workers that have ended left alive in their sessions: a worker is over when its process is, and its place may have
/// another by then.
///
/// A part of the master: it waits for these processes, and sees to their end.
final class Orphans {
    private let loop: EventLoop
    private let log: MasterLog
    private let releases: GenerationReleases
    private var sessions: [OrphanedSession] = []
    /// The processes that lived when a worker ended in this turn of the loop.
    private var census: (turn: UInt64, found: Sessions.Census)?

    init(_ loop: EventLoop, _ log: MasterLog, _ releases: GenerationReleases) {
        self.loop = loop
        self.log = log
        self.releases = releases
    }

    /// Who is left of a worker's session. All who end in a turn of the loop are looked up in one reading of /proc. To be
    /// called before the worker is reaped, so that the number is still its own.
    func members(of identity: ProcessIdentity) -> [Int32] {
        let found = census.flatMap { $0.turn == loop.turn ? $0.found : nil } ?? Sessions.Census()
        census = (loop.turn, found)
        return found.members(of: identity.pid, startedAt: identity.startTime)
    }

    /// Sees to the end of those whom a worker left alive. Those who would be in its successor's way, because they hold a
    /// port of their own, are killed at once.
    ///
    /// - Parameter grace: how long they may take to end by themselves.
    func end(
        _ members: [Int32], leftBy leader: Int32, _ generation: GenerationNumber, _ slot: Slot, grace: Duration
    ) {
        guard !members.isEmpty,
            let session = OrphanedSession(
                members, of: leader, generation: generation, slot: slot, mayEndUntil: EventLoop.now() + grace,
                serial: loop.nextSerial)
        else { return }
        watch(session)
        let holdsPort = slot.process.flatMap { releases[generation]?.process($0) }?.socket == .port
        if holdsPort { kill(session) }
    }

    /// Sees to the end of workers that hold our lanes though no state knows them: it could not be written when they were
    /// started. To be called before a worker is started, which may get the number of one of them. Who does not say which
    /// worker he is may be anything, and is named.
    ///
    /// - Parameters:
    ///   - holders: the workers of this state directory that hold lanes.
    ///   - known: the pids of those that are the master's.
    ///   - adopted: their numbers.
    func endStrays(among holders: [LaneHolder], known: Set<Int32>, adopted: Set<WorkerNumber>) {
        let known = known.union(sessions.map(\.leader))
        let others = holders.filter { !$0.belongs(to: known) }
        let strays = others.filter { $0.worker.map { !adopted.contains($0) } ?? false }
        for holder in others where holder.worker == nil {
            log(
                "\(holder.description) has a listening socket of ours, but is not in the state: if it is no longer wanted, "
                    + "`\([holder].command)`; a stop ends it", .warning)
        }
        for (leader, members) in Dictionary(grouping: strays, by: \.leader) {
            let slot = members.compactMap(\.slot).first ?? Slot(1)
            guard let generation = members.compactMap(\.generation).first,
                let session = OrphanedSession(
                    members.map(\.pid), of: leader, isWorker: true, generation: generation, slot: slot,
                    mayEndUntil: EventLoop.now(), serial: loop.nextSerial)
            else { continue }
            watch(session)
        }
    }

    private func watch(_ session: OrphanedSession) {
        for (serial, process) in session.processes {
            try? loop.add(process.process.number, .readable, Token(.orphan, serial))
        }
        sessions.append(session)
    }

    func ended(_ serial: UInt64) {
        guard let index = sessions.firstIndex(where: { $0.processes[serial] != nil }),
            let process = sessions[index].processes[serial]
        else { return }
        loop.remove(process.process.number)
        if sessions[index].ended(serial) { sessions.remove(at: index) }
    }

    /// The master ends, and none of them may outlive it.
    func killAll() { for session in sessions { session.kill() } }

    var nextDeadline: Instant? { sessions.compactMap(\.nextDeadline).min() }

    /// Does what is due.
    ///
    /// - Parameter drainDeadline: until when a worker in this place may drain if it begins now; nil: its generation is gone.
    func expire(at now: Instant, drainDeadline: (GenerationNumber, Slot) -> Instant?) {
        for session in sessions where session.nextDeadline.map({ $0 <= now }) ?? false {
            // A worker of a generation that no state knows may have users all the same.
            let least = session.isWorker ? now + Defaults.drainRequests : now
            let deadline = drainDeadline(session.generation, session.slot) ?? least
            switch session.expire(at: now, drainDeadline: deadline) {
            case .drain(let until):
                let signal = releases[session.generation]?.drainSignal(session.slot) ?? .term
                log("\(said(of: session)): \(signal), and SIGKILL in \((until - now).text)", .warning)
                session.signal(signal)
            case .kill: kill(session)
            case nil: break
            }
        }
    }

    private func kill(_ session: OrphanedSession) {
        log("\(said(of: session)): SIGKILL", .warning)
        session.kill()
    }

    private func said(of session: OrphanedSession) -> String {
        let worker = "\(releases.name(session.generation)): worker \(session.slot) (pid \(session.leader))"
        if session.isWorker { return "\(worker) accepts, but is not in the state" }
        let count = session.processes.count
        return "\(worker) has ended and left " + (count == 1 ? "a process behind" : "\(count) processes behind")
    }
}
