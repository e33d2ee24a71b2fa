internal import Linux
internal import Supervisor

/// `deployd run`: one command, started as the workers of a release are. Needs no master.
enum RunVerb {
    private static let release = Option(
        name: "--release", value: "RELEASE", help: "as of this release (default: the one that serves)")
    private static let process = Option(
        name: "--process", value: "KIND", help: "with the variables of this kind of process (default: web)")

    static let verb = Verb(
        name: "run", operands: [Verb.Operand(name: "COMMAND", isCommand: true)], options: [release, process],
        synonyms: ["exec", "shell"],
        summary: "run one command as the workers of a release run",
        details: """
            Runs COMMAND with the user, groups, directory, environment, umask and limits of the release that serves, or of
            RELEASE, and exits with its exit code (128 and its number if a signal kills it). The program is found as a
            `command` of release.json is. What stands behind the first word that is no option is the command's own. It needs
            no master. Only root, or the user whose site it is, can run it.

              deployd run python manage.py migrate
              deployd run --release v3 bin/console --dry-run
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        guard installation.problems.isEmpty else { throw CommandError(installation.problems.map(\.description)) }
        let model = TypedCommand.Model(
            release: invocation.value(of: release).map(installation.release), kind: invocation.value(of: process))
        let code: Int32
        do throws(TypedCommand.Refusal) {
            let command = try TypedCommand(
                invocation.operands, like: model, installation.configuration, installation.surroundings)
            code = try TypedSession(command).wait()
        } catch {
            throw CommandError(error.messages.map { "run: \($0)" }, notes: installation.absence)
        }
        ThisProcess.exit(code)
    }
}
