internal import DeployCore
internal import Handoff
internal import Linux

// What hooks and tests are told, and who is told what they print.
extension Master {
    func launchHook(_ kind: HookKind, _ generation: GenerationNumber) {
        guard let deployment = machine.deployment, let order = runnable(generation)?.hooks[kind.rawValue]
        else { return }
        do { try commands.launchHook(launcher.complete(order, hookVariables(kind, deployment))) } catch {
            log("\(name(generation)): the \(kind) hook: \(error)", .warning)
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

    func test(_ generation: GenerationNumber) {
        let test = runnable(generation)?.test
        let order = test.map { launcher.complete($0.command, testVariables(of: generation)) }
        feed(commands.startTest(generation, order, limit: .microseconds(test?.timeout ?? 0)))
    }

    private func testVariables(of generation: GenerationNumber) -> [(String, String)] {
        let kinds = releases[generation]?.addresses(in: generation, directory) ?? []
        return [
            (WorkerEnvironment.release, releases[generation]?.path ?? ""),
            (WorkerEnvironment.generation, "\(generation)"),
        ] + kinds.map { (WorkerEnvironment.socket(of: $0.name), $0.address.description) }
    }

    /// To the one who asked for the deploy.
    func tellPrinted(_ lines: [String], _ generation: GenerationNumber) {
        guard let client = requests[machine.deployment?.request]?.client else { return }
        for line in lines { send(.output(OutputEvent(generation: generation.rawValue, text: line)), to: client) }
    }
}
