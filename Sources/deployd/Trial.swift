internal import Supervisor

/// The hidden verb by which a master tries a program that it is to become: behind it the master's state directory, and the
/// arguments that the master was started with.
enum Trial {
    static func run(_ arguments: [String]) throws(CommandError) -> ExitCode {
        guard arguments.count > 2 else { return .usage }
        let invocation = try ArgumentParser(VerbTable.verbs).parse(Array(arguments.dropFirst(2)))
        guard invocation.verb.name == StartVerb.verb.name else { return .usage }
        let installation = try Installation(invocation)
        guard installation.problems.isEmpty else { throw CommandError(installation.problems.map(\.description)) }
        return ExitCode(number: Int(TrialRun.run(installation.configuration, state: arguments[1])))
    }
}
