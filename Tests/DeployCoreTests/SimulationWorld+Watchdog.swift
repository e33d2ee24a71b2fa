@testable import DeployCore

// Watchdogs: processes that give signs of life, or do not any more.
extension SimulationWorld {
    /// How long a worker may be silent, where its release has a watchdog.
    static let watchdog = Duration.seconds(1)

    /// The next sign of life of a process is on its way, unless it hangs by then.
    func beat(_ index: Int) {
        let process = processes[index]
        processes[index].heardAt = process.heardAt ?? now
        guard self.index(of: process.generation).flatMap({ generations[$0].watchdog(of: process.slot) }) != nil else {
            return
        }
        if let hangsAfter = process.behaviour.hangsAfter, now >= process.spawnedAt + hangsAfter { return }
        post(.pulse(process.worker, .alive), after: Self.watchdog / 2 + random.delay(upTo: Self.watchdog / 4))
    }

    func notePulse(_ worker: WorkerNumber) {
        guard let index = index(of: worker) else { return }
        processes[index].heardAt = now
        beat(index)
    }

    /// A new master counts silence anew.
    func beatOn() {
        for index in processes.indices where processes[index].launched {
            processes[index].heardAt = now
            beat(index)
        }
    }

    /// What the machine decided speaks against the generation from now on.
    func noteVerdicts(_ effects: [Effect]) {
        for effect in effects {
            guard case .abort(let worker) = effect, let index = index(of: worker) else { continue }
            let hasWayBack = hasWayBack(from: processes[index].generation)
            change(processes[index].generation) { $0.lose(worker, hasWayBack: hasWayBack) }
        }
    }

    func abort(_ worker: WorkerNumber) throws(SimulationViolation) {
        guard let index = index(of: worker) else { throw SimulationViolation("worker \(worker) is gone: no SIGABRT") }
        let process = processes[index]
        let silence = process.heardAt.map { now - $0 } ?? .zero
        try expect(silence >= Self.watchdog, "worker \(worker) is ended for a silence of \(silence)")
        try expect(process.terminatedAt == nil, "worker \(worker) is sent SIGABRT behind another signal")
        processes[index].terminatedAt = now
        guard !process.behaviour.ignoresTerminate else { return }
        hasten(worker)
        processes[index].ending = false
        end(index, .signalled(name: "SIGABRT", dumpedCore: true), after: random.delay(upTo: .seconds(1)))
    }

    /// Whoever is ready, and silent for too long, is ended.
    func checkSilence() throws(SimulationViolation) {
        for process in processes where process.terminatedAt == nil {
            guard let worker = machine.worker(process.worker), worker.isReady, let heardAt = process.heardAt,
                generations[try known(process.generation)].watchdog(of: process.slot) != nil
            else { continue }
            try expect(
                now < max(heardAt, worker.since) + Self.watchdog, "worker \(process.worker) is silent, and lives on")
        }
    }

    /// Whether the generation that serves has all of its processes, and all are ready.
    var isComplete: Bool {
        guard let staying = machine.generation(machine.serving)?.staying else { return false }
        guard let serving = machine.generation(machine.serving), serving.isComplete else { return false }
        let others = serving.plan.processes.reduce(0) { $0 + $1.workers }
        return staying.count == serving.wanted + others && staying.allSatisfy(\.isReady)
    }

    /// Nothing is left to happen but signs of life.
    var isAtRest: Bool {
        machine.phase == .running && machine.deployment == nil && machine.queue.isEmpty
            && machine.generations.map(\.number) == [machine.serving]
            && isComplete
            && machine.generation(machine.serving)?.workers.allSatisfy { $0.recycling == nil } == true
            && pending.allSatisfy {
                switch $0.event {
                case .pulse, .measured, .tested: true
                default: false
                }
            }
    }
}
