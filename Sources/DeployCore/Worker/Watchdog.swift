/// What a worker says to its watchdog. Source: sd_notify(3), `WATCHDOG=1`, `WATCHDOG=trigger`, `WATCHDOG_USEC=`.
package enum Pulse: Equatable, Sendable {
    /// It is alive.
    case alive
    /// It has found out by itself that it is not well.
    case failing
    /// From now on it may be silent for so long.
    case limit(Duration)
}

/// The watchdog of one worker: how long the worker may be silent, and when it was heard last.
struct Watchdog: Equatable, Sendable {
    /// The longest silence; nil: none is too long.
    var limit: Duration?
    /// When the worker spoke, or became ready.
    var heardAt: Instant
    /// Why the worker is being ended; nil: it is not.
    var verdict: WorkerEnd?
    /// Its deploy knows of the verdict.
    var isTold = false

    /// When the silence is too long.
    var deadline: Instant? { limit.map { heardAt + $0 } }
}

extension WorkerMachine {
    mutating func pulse(_ pulse: Pulse, at now: Instant) -> [Effect] {
        watchdog.heardAt = now
        switch pulse {
        case .alive: return []
        case .limit(let limit):
            watchdog.limit = limit
            return []
        case .failing: return abort(.gaveUp, at: now)
        }
    }

    /// Ends a worker that is ready and does not do its work. It is replaced like one that crashed.
    mutating func abort(_ verdict: WorkerEnd, at now: Instant) -> [Effect] {
        switch state {
        case .ready(let process, _):
            watchdog.verdict = verdict
            state = .terminating(process, killAt: now + grace)
            return [.abort(number)]
        case .waiting, .spawning, .unwanted, .starting, .draining, .terminating, .killed, .gone:
            return []
        }
    }

    /// What its deploy must know at once when its watchdog ends it, and once: the process may take its time to go.
    mutating func takeVerdict() -> LostWorker? {
        guard let verdict = watchdog.verdict, !watchdog.isTold, let process else { return nil }
        watchdog.isTold = true
        return LostWorker(worker: number, slot: slot, pid: process.pid, end: verdict)
    }
}

extension Lineage {
    /// How long a worker may be silent once it is ready; nil: as long as it likes.
    package func watchdog(of number: WorkerNumber) -> Duration? {
        worker(number).flatMap { self[$0.generation]?.pool.watchdog(of: $0.slot) }
    }

    /// Workers whose silence has lasted too long by now. The loop hears out what they said meanwhile, before it gives the
    /// tick: it may itself have been held up.
    package func silentWorkers(at now: Instant) -> [WorkerNumber] {
        generations.flatMap(\.workers).filter { worker in
            worker.isReady && worker.watchdog.deadline.map { $0 <= now } ?? false
        }.map(\.number)
    }
}
