internal import Linux
internal import Supervisor

/// `deployd releases`: which are there, and what is to become of them. Needs no master.
enum ReleasesVerb {
    static let verb = Verb(
        name: "releases", options: [.json],
        summary: "list the releases: which serves, where a rollback goes",
        details: """
            Lists the releases in the releases directory, the one deployed last at the end, with the room they take, when each
            was deployed last, which of them serves or still drains, which one a rollback would deploy, and which ones `keep`
            would remove after the next deploy. Works without a master. With --json, a line of JSON for each.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        let configuration = installation.configuration
        let directory = ReleaseLayout(configuration).releasesDirectory
        do throws(SystemError) { _ = try Files.list(directory) } catch {
            throw CommandError(["releases: \(error)"], notes: installation.absence)
        }
        let rows = try rows(installation)
        guard !rows.isEmpty else { throw CommandError("releases: \(directory) holds no release") }
        let table = ReleaseTable(rows, keep: configuration.keep)
        StandardOutput.write(
            invocation.has(Option.json.name)
                ? table.json
                : table.text(paint: .forStandardOutput(), width: Columns.ofStandardOutput().width))
        return .done
    }

    private static func rows(_ installation: Installation) throws(CommandError) -> [ReleaseTable.Row] {
        let configuration = installation.configuration
        let status = installation.status
        let history: History
        do throws(SystemError) { history = try History.load(of: configuration) } catch {
            let advice =
                error.errno == .permissionDenied ? ": run it as root or the master's user: \(installation.asRoot)" : ""
            throw CommandError("releases: \(error)\(advice)")
        }
        let generations = status?.generations ?? []
        let start = status == nil ? startRelease(history, configuration) : nil
        let serving = generations.first { $0.number == status?.serving }?.path ?? start
        let list = ReleaseList(
            configuration, history: history, serving: serving, running: Set(generations.map(\.path)))
        return list.entries.map { entry in
            ReleaseTable.Row(
                entry: entry, size: TreeSize(of: entry.path), generations: generations.filter { $0.path == entry.path },
                isNextStart: entry.path == start)
        }
    }

    /// What a start would serve, if that is there.
    private static func startRelease(_ history: History, _ configuration: Configuration) -> String? {
        guard let choice = try? StartRelease.choose(named: nil, history: history, configuration: configuration) else {
            return nil
        }
        return Files.kind(choice.path) == .directory ? try? Files.realPath(choice.path) : nil
    }
}
