internal import Linux
internal import Supervisor

/// What deploy, rollback and restart have in common: their options, and the dialogue.
struct DeployDialogue {
    private let invocation: Invocation
    private let installation: Installation

    init(_ invocation: Invocation) throws(CommandError) {
        self.invocation = invocation
        installation = try Installation(invocation)
    }

    /// - Parameter terms: what else the verb has to say.
    func run(
        _ verb: ControlVerb, release: String?, subject: String, terms: (inout ControlRequest) -> Void = { _ in }
    ) throws(CommandError) -> ExitCode {
        let timeout = try invocation.duration(of: .timeout)
        var request = ControlRequest(
            verb, release: release.map(installation.release), wait: invocation.has(Option.wait.name) ? true : nil,
            timeoutMilliseconds: timeout.map { max(1, $0.milliseconds) })
        request.message = try Self.message(invocation)
        terms(&request)
        let client = try installation.connect()
        if verb == .deploy, let note = request.release.flatMap(installation.strangeRelease) {
            StandardError.line("note: \(note)", .information)
        }
        var dialogue = try Dialogue(
            with: client, subject: subject, style: invocation.has(Option.json.name) ? .json : .text,
            isDeploy: true, advice: installation.surroundings.advice)
        return try dialogue.run(request)
    }

    /// What the person says of it. (The master would say the same, but an archive would be unpacked by then.)
    static func message(_ invocation: Invocation) throws(CommandError) -> String? {
        guard let text = invocation.value(of: .message) else { return nil }
        guard text.utf8.count <= DeployMessage.maxBytes else {
            throw UsageError.badValue(
                Option.message.name, found: "\(text.prefix(20))…",
                expected: "\(DeployMessage.maxBytes) bytes at most: a line, such as the subject of a commit"
            ).commandError(invocation.verb.name)
        }
        return text
    }
}
