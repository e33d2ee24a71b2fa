internal import DeployCore

/// What a stop waits for, in words.
final class StopWait {
    private unowned let master: any MasterView
    private let parts: MasterParts

    init(_ master: any MasterView, _ parts: MasterParts) {
        self.master = master
        self.parts = parts
    }

    /// Who still finishes what it has, and until when at most: a line each, and what to type; none when nothing is waited
    /// for.
    var waitedFor: [String] {
        let machine = master.machine
        guard machine.phase != .running else { return [] }
        let counters = master.counters
        let now = Master.now()
        var lines = machine.generations.map { generation in
            let reason = generation.reason(successor: machine.serving, counters: counters[generation.number], at: now)
            return
                "waiting for generation \(generation.number) (\(generation.plan.label)): \(reason ?? "its workers end")"
        }
        if let hook = parts.commands.hook { lines.append("waiting for the \(hook.kind) hook to end") }
        lines += parts.jobs.running.map { "waiting for the run of \($0)" }
        guard !lines.isEmpty else { return [] }
        return lines + ["`deployd stop --now` does not wait; `deployd status` shows what is left"]
    }

    /// Tells those who wait for the end that a generation is gone.
    func tellGone(_ generation: GenerationNumber) {
        guard master.machine.phase != .running else { return }
        for client in parts.requests.clients(of: .stop) {
            parts.clients.send(.note("\(master.name(generation)) is gone"), to: client)
        }
    }
}
