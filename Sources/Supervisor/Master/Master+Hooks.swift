internal import Handoff
internal import Linux

// The hook under way: the effects `spawnHook`, `launchHook`, `terminateHook`, `killHook`, and what comes of them.
extension Master {
    func spawnHook(_ kind: HookKind, _ generation: GenerationNumber) {
        guard runnable(generation)?.hooks[kind.rawValue] != nil else {
            return feed(.hook(kind, generation, .notSpawned(reason: "its release does not say how")))
        }
        do {
            let output = try HookOutput(directory.hookOutput(kind, of: generation), isNew: true)
            let hook = try HookProcess(kind, generation, output: output, serial: nextSerial())
            try watch(hook)
            let startTime = ThisProcess.startTime(of: hook.pid) ?? 0
            feed(.hook(kind, generation, .spawned(ProcessIdentity(pid: hook.pid, startTime: startTime))))
        } catch {
            giveUpHook()
            feed(.hook(kind, generation, .notSpawned(reason: error.description)))
        }
    }

    /// Waits for what the hook prints, and for its end.
    func watch(_ hook: HookProcess) throws(SystemError) {
        self.hook = hook
        try epoll.add(hook.output.number, .readable, token: Token(.hookOutput, nextSerial()).number)
        try watchProcesses(of: hook)
    }

    /// A hook that cannot be watched must not live on.
    private func giveUpHook() {
        guard let abandoned = hook else { return }
        hook = nil
        try? epoll.remove(abandoned.output.number)
        for process in abandoned.processes.values {
            _ = try? process.process.send(.kill)
            let token = Token(.helper, nextSerial())
            helpers[token.serial] = HelperProcess(adopting: process)
            if (try? epoll.add(process.process.number, .readable, token: token.number)) == nil {
                try? epoll.modify(process.process.number, .readable, token: token.number)
            }
        }
    }

    private func watchProcesses(of hook: HookProcess) throws(SystemError) {
        for (serial, process) in hook.processes {
            try epoll.add(process.process.number, .readable, token: Token(.hook, serial).number)
        }
    }

    func launchHook(_ kind: HookKind, _ generation: GenerationNumber) {
        guard let hook, let deployment = machine.deployment, let order = runnable(generation)?.hooks[kind.rawValue]
        else { return }
        var own = order
        own.environment += hookVariables(kind, deployment).map { "\($0)=\($1)" }
        do { try hook.launch(own) } catch {
            log("\(name(generation)): the \(kind) hook: \(error)", .warning)
            hook.signal(.kill)
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

    func signalHook(_ signal: Signal) { hook?.signal(signal) }

    /// A process of the hook has ended.
    func hookEnded(_ serial: UInt64) {
        guard let hook, let process = hook.processes[serial] else { return }
        try? epoll.remove(process.process.number)
        guard hook.ended(serial, next: nextSerial) else {
            // What was found still alive is waited for too.
            for (serial, process) in hook.processes {
                try? epoll.add(process.process.number, .readable, token: Token(.hook, serial).number)
            }
            return
        }
        try? epoll.remove(hook.output.number)
        self.hook = nil
        tell(hook.output.rest(), of: hook)
        if machine.generation(hook.generation) == nil { logs.close(hook.generation) }
        feed(.hook(hook.kind, hook.generation, .ended(hook.result)))
    }

    /// When there is output to read that was left for the next turn.
    var hookDeadline: Instant? { hook?.output.hasMore == true ? Instant(sinceBoot: .zero) : nil }

    /// The hook has printed something.
    func hookPrinted() {
        guard let hook else { return }
        tell(hook.output.lines(), of: hook)
    }

    /// To the generation's log, and to the one who asked for the deploy.
    private func tell(_ lines: [String], of hook: HookProcess) {
        guard !lines.isEmpty else { return }
        logs.append(lines.map { "[\(hook.kind)] \($0)\n" }.joined(), to: hook.generation)
        guard let client = requests[machine.deployment?.request]?.client else { return }
        for line in lines {
            send(.output(OutputEvent(generation: hook.generation.rawValue, text: line)), to: client)
        }
    }
}
