// Events that are about one generation, or a worker of it.
extension Lineage {
    /// Lets the generation move that an event is about; nil: it is about none, or about one that is gone.
    mutating func hear(_ event: Event, at now: Instant) -> (number: GenerationNumber, step: GenerationStep)? {
        switch event {
        case .lanesOpened(let number):
            move(number) { $0.lanesAnswered(numbering: &$1, at: now) }
        case .lanesFailed(let number, let reason):
            move(number) { $0.lanesAnswered(failure: reason, numbering: &$1, at: now) }
        case .probeSucceeded(let number):
            move(number) { generation, _ in generation.prove(at: now) { $0.probeSucceeded($1) } }
        case .probeFailed(let number, let failure):
            move(number) { generation, _ in generation.prove(at: now) { $0.probeFailed(failure, $1, at: now) } }
        case .queueLength(let number, let length):
            move(number) { generation, _ in generation.queueLength(length, at: now) }
        case .measured(let number, let bytes):
            move(number) { $0.measured(bytes, numbering: &$1, at: now) }
        case .spawned(let worker, let process):
            move(owner(of: worker)) { $0.spawned(worker, process, numbering: &$1, at: now) }
        case .spawnFailed(let worker, let reason):
            move(owner(of: worker)) { generation, _ in generation.spawnFailed(worker, reason: reason, at: now) }
        case .ready(let worker, let level):
            move(owner(of: worker)) { $0.ready(worker, level: level, numbering: &$1, at: now) }
        case .unfit(let worker, let reason):
            move(owner(of: worker)) { generation, _ in generation.unfit(worker, reason: reason) }
        case .extended(let worker, let duration):
            move(owner(of: worker)) { generation, _ in generation.extended(worker, by: duration, at: now) }
        case .pulse(let worker, let pulse):
            move(owner(of: worker)) { generation, _ in generation.pulse(worker, pulse, at: now) }
        case .upgrades(let worker, let count):
            move(owner(of: worker)) { generation, _ in generation.upgrades(worker, count, at: now) }
        case .exited(let worker, let end):
            move(owner(of: worker)) { $0.exited(worker, end, numbering: &$1, at: now) }
        case .deploy, .cancel, .undo, .promote, .abort, .scale, .stop, .configured, .saved, .saveFailed, .committed,
            .commitFailed, .hook, .steered, .steeringFailed, .observed, .tested, .tick:
            nil
        }
    }

    private mutating func move(
        _ number: GenerationNumber?, _ transition: (inout GenerationMachine, inout Numbering) -> GenerationStep
    ) -> (number: GenerationNumber, step: GenerationStep)? {
        number.map { ($0, change($0, transition)) }
    }

    private func owner(of worker: WorkerNumber) -> GenerationNumber? {
        generations.first { $0.worker(worker) != nil }?.number
    }
}
