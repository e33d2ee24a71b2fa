internal import Handoff
internal import Linux

/// The hook under way.
struct RunningHook {
    let kind: HookKind
    let session: CommandSession
}

// The hook under way: the effects `spawnHook`, `launchHook`, `terminateHook`, `killHook`, and what comes of them.
extension Master {
    func spawnHook(_ kind: HookKind, _ generation: GenerationNumber) {
        guard let order = runnable(generation)?.hooks[kind.rawValue] else {
            return feed(.hook(kind, generation, .notSpawned(reason: "its release does not say how")))
        }
        do {
            let output = try CommandOutput(
                directory.hookOutput(kind, of: generation), isNew: true, group: order.account?.gid)
            let session = try CommandSession(generation, output: output, serial: nextSerial())
            try watch(RunningHook(kind: kind, session: session))
            let startTime = ProcessStatus(of: session.pid)?.startTime ?? 0
            feed(.hook(kind, generation, .spawned(ProcessIdentity(pid: session.pid, startTime: startTime))))
        } catch {
            feed(.hook(kind, generation, .notSpawned(reason: reason(error))))
        }
    }

    /// Waits for what the hook prints, and for its end.
    func watch(_ hook: RunningHook) throws(SystemError) {
        try watch(hook.session, process: .hook, output: .hookOutput)
        self.hook = hook
    }

    func launchHook(_ kind: HookKind, _ generation: GenerationNumber) {
        guard let hook, let deployment = machine.deployment, let order = runnable(generation)?.hooks[kind.rawValue]
        else { return }
        var own = order
        own.softFiles = softFiles
        own.environment += hookVariables(kind, deployment).map { "\($0)=\($1)" }
        giveHome(to: &own)
        do { try hook.session.launch(own) } catch {
            log("\(name(generation)): the \(kind) hook: \(error)", .warning)
            hook.session.signal(.kill)
        }
    }

    /// What a hook is told of its deploy.
    private func hookVariables(_ kind: HookKind, _ deployment: DeploymentMachine) -> [(String, String)] {
        var variables = [
            (WorkerEnvironment.hook, kind.rawValue),
            (WorkerEnvironment.verb, deployment.kind.rawValue),
            (WorkerEnvironment.release, deployment.plan.path),
            (WorkerEnvironment.generation, "\(deployment.generation)"),
        ]
        if let from = deployment.from { variables.append((WorkerEnvironment.previousRelease, from)) }
        if let predecessor = deployment.predecessor {
            variables.append((WorkerEnvironment.previousGeneration, "\(predecessor)"))
        }
        if case .concluding(_, let outcome) = deployment.state {
            let (word, reason) = historyWords(deployment.entry(outcome))
            variables.append((WorkerEnvironment.outcome, word.rawValue))
            if !reason.isEmpty { variables.append((WorkerEnvironment.reason, reason)) }
        }
        return variables
    }

    func signalHook(_ signal: Signal) { hook?.session.signal(signal) }

    /// A process of the hook has ended.
    func hookEnded(_ serial: UInt64) {
        guard let hook, let lines = ended(serial, of: hook.session, .hook) else { return }
        self.hook = nil
        tell(lines, of: hook)
        let generation = hook.session.generation
        closeLogIfGone(generation)
        feed(.hook(hook.kind, generation, .ended(hook.session.end)))
    }

    /// When there is output to read that was left for the next turn.
    var hookDeadline: Instant? { hook?.session.output.hasMore == true ? Instant(sinceBoot: .zero) : nil }

    /// The hook has printed something.
    func hookPrinted() {
        guard let hook else { return }
        tell(hook.session.output.lines(), of: hook)
    }

    /// To the generation's log, and to the one who asked for the deploy.
    private func tell(_ lines: [String], of hook: RunningHook) {
        guard !lines.isEmpty else { return }
        note(lines, of: hook.kind.rawValue, hook.session.generation)
        guard let client = requests[machine.deployment?.request]?.client else { return }
        for line in lines {
            send(.output(OutputEvent(generation: hook.session.generation.rawValue, text: line)), to: client)
        }
    }
}
