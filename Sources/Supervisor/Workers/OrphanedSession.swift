internal import DeployCore
internal import Linux

/// The session of a worker that has ended, and the processes in it that its end left behind: children that a killed server
/// did not take along. So is a whole worker that no state knows.
final class OrphanedSession {
    let generation: GenerationNumber
    let slot: Slot
    /// The number of its process, which names the session while somebody is left in it.
    let leader: Int32
    /// The worker itself is among them: no state knew it.
    let isWorker: Bool
    private var machine: OrphanMachine
    /// Those who are waited for, by the serial number of their token.
    private(set) var processes: [UInt64: ProcessBox] = [:]

    /// Opens a descriptor for each of the processes; nil when none of them lives any more.
    init?(
        _ members: [Int32], of leader: Int32, isWorker: Bool = false, generation: GenerationNumber, slot: Slot,
        mayEndUntil instant: Instant, serial: () -> UInt64
    ) {
        self.isWorker = isWorker
        self.generation = generation
        self.slot = slot
        self.leader = leader
        machine = OrphanMachine(mayEndUntil: instant)
        for member in members {
            if let process = try? ProcessDescriptor(pid: member) { processes[serial()] = ProcessBox(process) }
        }
        if processes.isEmpty { return nil }
    }

    /// Nil once they were killed.
    var nextDeadline: Instant? { machine.nextDeadline }

    func expire(at now: Instant, drainDeadline: Instant) -> OrphanMachine.Order? {
        machine.expire(at: now, drainDeadline: drainDeadline)
    }

    /// Kills them, and whom they have started in the session since. To be called while one of them is known to live, or
    /// was a moment ago: then the session's number is still its own.
    func kill() {
        machine.kill()
        signal(.kill)
        Sessions.signal(.kill, to: Sessions.members(of: leader))
    }

    /// One of them has ended. True: it was the last.
    func ended(_ serial: UInt64) -> Bool {
        processes[serial] = nil
        return processes.isEmpty
    }

    func signal(_ signal: Signal) {
        for process in processes.values { _ = try? process.process.send(signal) }
    }
}
