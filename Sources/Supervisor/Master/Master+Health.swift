internal import DeployCore
internal import Linux

// Looks at the generation that serves, when something has happened or somebody asks.
extension Master {
    /// Looks, if the last look was long enough ago, and answers who waited for it.
    func lookAfterHealth(at now: Instant) {
        if attention.isDue(at: now) { look(at: now) }
        guard !attention.isOpen, !attention.waiting.isEmpty else { return }
        let clients = attention.waiting
        attention.waiting = []
        for client in clients { send(.status(statusReport()), to: client) }
    }

    /// Answers with the status: at once, unless connections wait and it is to be seen first whether they are taken.
    func tellStatus(to client: ControlClientID) {
        attention.wantsFiles = true
        look(at: Self.now())
        guard attention.isOpen else { return send(.status(statusReport()), to: client) }
        attention.waiting.append(client)
    }

    private func look(at now: Instant) {
        if attention.wantsFiles {
            attention.wantsFiles = false
            attention.missing = missingFiles
        }
        guard machine.phase == .running, let serving = machine.serving else { return attention.forget(at: now) }
        var seen = counts(of: serving)
        // Of a unix lane the kernel tells no length, and it is never empty where much comes.
        if seen.traffic == nil {
            seen.queue = listeners.knownQueue(of: serving)
        }
        attention.look(serving, seen, at: now)
    }

    /// Whether there is nothing at a path; what cannot be told is no answer.
    private static func isMissing(_ path: String) -> Bool {
        do { _ = try Files.status(path) } catch { return error.errno == .notFound || error.errno == .notADirectory }
        return false
    }

    /// What a worker that ends could not be started again from: the release's directory, or a program.
    private var missingFiles: [GenerationNumber: String] {
        var missing: [GenerationNumber: String] = [:]
        for generation in machine.generations {
            switch generation.stage {
            case .serving, .warm, .standingBy:
                let programs = releases[generation.number]?.executables ?? []
                missing[generation.number] = ([generation.plan.path] + programs).first(where: Self.isMissing)
            case .preparing, .opening, .booting, .probing, .retiring, .draining, .ending, .gone: continue
            }
        }
        return missing
    }
}
