internal import DeployCore
internal import Handoff
internal import Linux

extension HookKind {
    /// The variables that tell a hook of this kind about its deploy.
    func variables(_ deployment: DeploymentMachine) -> [(String, String)] {
        var variables = [
            (WorkerEnvironment.hook, rawValue),
            (WorkerEnvironment.verb, deployment.kind.rawValue),
            (WorkerEnvironment.release, deployment.plan.path),
            (WorkerEnvironment.generation, "\(deployment.generation)"),
        ]
        if let from = deployment.from { variables.append((WorkerEnvironment.previousRelease, from)) }
        if let predecessor = deployment.predecessor {
            variables.append((WorkerEnvironment.previousGeneration, "\(predecessor)"))
        }
        if let outcome = deployment.outcome {
            let (word, reason) = deployment.entry(outcome).words
            variables.append((WorkerEnvironment.outcome, word.rawValue))
            if !reason.isEmpty { variables.append((WorkerEnvironment.reason, reason)) }
        }
        return variables
    }
}

extension RunnableRelease {
    /// The variables that tell its test about a generation of it.
    func testVariables(of generation: GenerationNumber, _ directory: StateDirectory) -> [(String, String)] {
        [
            (WorkerEnvironment.release, path),
            (WorkerEnvironment.generation, "\(generation)"),
        ] + addresses(in: generation, directory).map { (WorkerEnvironment.socket(of: $0.name), $0.address.description) }
    }
}
