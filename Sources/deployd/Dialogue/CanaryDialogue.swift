internal import Supervisor

/// What promote and abort have in common: a word to the deploy under way, and the answer.
struct CanaryDialogue {
    private let invocation: Invocation

    init(_ invocation: Invocation) {
        self.invocation = invocation
    }

    func run(_ verb: ControlVerb) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        var dialogue = try Dialogue(
            with: installation.connect(), subject: verb.rawValue,
            style: invocation.has(Option.json.name) ? .json : .text, isDeploy: false,
            advice: installation.surroundings.advice)
        return try dialogue.run(ControlRequest(verb))
    }
}
