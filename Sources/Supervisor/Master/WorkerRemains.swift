internal import DeployCore
internal import Linux

/// What a worker left alive in its session when its own process ended: children that a killed server did not take along.
/// They may end by themselves for a moment, then they are told to drain, and killed at their deadline. So is a whole worker
/// that no state knows.
final class WorkerRemains {
    /// How far it has come with them.
    enum Stage {
        /// Those that end a moment behind their parent need no signal, and one that was told to drain by its parent is not
        /// told twice: there are servers that take a second signal for an order to give up what they have.
        case mayEnd(until: Instant)
        case drains(until: Instant)
        case killed
    }

    let generation: GenerationNumber
    /// What the worker was.
    let slot: Slot
    /// The number of its process, which names the session while somebody is left in it.
    let leader: Int32
    /// Whether the worker itself is among them: no state knew it.
    let isWorker: Bool
    private(set) var stage: Stage
    /// Those who are waited for, by the serial number of their token.
    private(set) var processes: [UInt64: ProcessBox] = [:]

    /// Opens a descriptor for each of the processes; nil when none of them lives any more.
    init?(
        _ members: [Int32], of leader: Int32, isWorker: Bool = false, generation: GenerationNumber, slot: Slot,
        stage: Stage, serial: () -> UInt64
    ) {
        self.isWorker = isWorker
        self.generation = generation
        self.slot = slot
        self.leader = leader
        self.stage = stage
        for member in members {
            if let process = try? ProcessDescriptor(pid: member) { processes[serial()] = ProcessBox(process) }
        }
        if processes.isEmpty { return nil }
    }

    /// When there is something to do with them; nil: they were killed.
    var deadline: Instant? {
        switch stage {
        case .mayEnd(let until), .drains(let until): until
        case .killed: nil
        }
    }

    /// Tells them to finish what they have.
    func drain(_ drainSignal: Signal, until deadline: Instant) {
        stage = .drains(until: deadline)
        signal(drainSignal)
    }

    /// Kills them, and whom they have started in the session since. To be called while one of them is known to live, or
    /// was a moment ago: then the session's number is still its own.
    func kill() {
        stage = .killed
        signal(.kill)
        Sessions.signal(.kill, to: Sessions.members(of: leader))
    }

    /// One of them has ended. True: it was the last.
    func ended(_ serial: UInt64) -> Bool {
        processes[serial] = nil
        return processes.isEmpty
    }

    private func signal(_ signal: Signal) {
        for process in processes.values { _ = try? process.process.send(signal) }
    }
}
