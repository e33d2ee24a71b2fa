internal import Linux
internal import Supervisor

/// Where the things of this deployd are, as the configuration and the command line have it.
struct Installation {
    /// What could be read of the configuration; a mistake in it must not keep `status` from working.
    let configuration: Configuration
    /// What is wrong with the configuration.
    let problems: [Problem]
    let surroundings: Surroundings
    /// Finds the configuration that the command line names, or the one that holds without.
    init(_ invocation: Invocation) throws(CommandError) {
        do throws(SystemError) {
            var surroundings = try Surroundings.ofThisProcess()
            surroundings.advice = invocation.advice
            self.surroundings = surroundings
        } catch {
            throw CommandError(error)
        }
        let reading = Configuration.examine(named: invocation.value(of: .config), surroundings: surroundings)
        configuration = reading.value
        problems = reading.problems
    }

    /// Refuses a command line, or a DEPLOYD_CONFIG, whose configuration cannot be read: no verb may take another's
    /// directory for the one that was meant.
    static func check(_ invocation: Invocation) throws(CommandError) {
        let named = invocation.value(of: .config)
        guard let surroundings = try? Surroundings.ofThisProcess() else { return }
        let obstacles = Configuration.obstacles(named: named, surroundings: surroundings)
        guard !obstacles.isEmpty else { return }
        guard invocation.verb.name == CheckVerb.verb.name, invocation.has(Option.json.name) else {
            throw CommandError(obstacles.map(\.description))
        }
        StandardOutput.write(CheckFindings("", obstacles.map { .init($0, advice: invocation.advice) }).json)
        throw CommandError([])
    }

    /// Names the file once, where it is the installed one for want of another. (A program that reads JSON knows where it is.)
    static func tellFile(_ invocation: Invocation) {
        let silent = [HelpVerb.verb, InitVerb.verb, VersionVerb.verb, CompletionVerb.verb].map(\.name)
        guard !silent.contains(invocation.verb.name), !invocation.has(Option.json.name),
            let surroundings = try? Surroundings.ofThisProcess(),
            let note = Configuration.installedNote(named: invocation.value(of: .config), surroundings: surroundings)
        else { return }
        StandardError.line("note: \(note)", .information)
    }

    /// That a release is none of the releases of this site; nil: it is one.
    func strangeRelease(_ path: String) -> String? {
        let releases = ReleaseLayout(configuration).releasesDirectory
        guard let real = try? Files.realPath(path), !Paths.contains(releases, real) else { return nil }
        return "\(real) lies outside of \(releases), where the releases of this site are"
    }

    /// What to add where nothing was found: that there is no configuration here; empty when there is one, or a master
    /// was here without.
    var absence: [String] {
        guard stateIsMissing else { return [] }
        return configuration.absence(surroundings).map { [$0] } ?? []
    }

    /// Whether there is no state directory: no master was ever started with this configuration.
    var stateIsMissing: Bool {
        do throws(SystemError) {
            _ = try Files.status(configuration.stateDirectory)
            return false
        } catch {
            return error.errno == .notFound || error.errno == .notADirectory
        }
    }

    /// Refuses a verb that has nothing to show where no master ever was.
    func requireState(for verb: Verb) throws(CommandError) {
        guard stateIsMissing else { return }
        let place = configuration.stateDirectory
        throw CommandError(
            ["\(verb.name): there is no state directory \(place): no master was ever started with this configuration"],
            notes: absence)
    }

    /// The control socket of the master.
    var socketPath: String { ControlSocketFile.path(in: configuration.stateDirectory) }

    /// The release that a person means: a path from here, or a name in the releases' directory. Always absolute.
    func release(_ name: String) -> String {
        ReleaseLayout(configuration).locate(name, from: surroundings.workingDirectory)
    }

    /// What was typed, as root types it, with every option: in backticks.
    var asRoot: String { "`sudo deployd \(Self.typed(CommandLine.arguments.dropFirst()))`" }

    /// Words for a shell. (`--config=FILE` is two of them, by which ``CommandAdvice`` knows it.)
    static func typed(_ arguments: ArraySlice<String>) -> String {
        arguments.flatMap { word in
            word.hasPrefix("--config=") ? ["--config", String(word.dropFirst("--config=".count))] : [word]
        }.map(ShellWord.quoted).joined(separator: " ")
    }

    /// What starts a master, in backticks.
    var startCommand: String { configuration.startCommand(for: surroundings.userID) }

    /// Connects to the master.
    func connect() throws(CommandError) -> ControlClient {
        do throws(ControlError) {
            return try ControlClient(to: socketPath)
        } catch {
            throw refusal(error)
        }
    }

    /// Why the master cannot be talked to, and what this user types.
    func refusal(_ error: ControlError) -> CommandError {
        let plain = CommandError(error)
        let messages: [String] =
            switch error {
            case .noMaster(let path):
                [absence(at: path) ?? "no master listens on \(path): start it with \(startCommand)\(lastStart)"]
            case .notAllowed: plain.messages.map { "\($0): \(asRoot)" }
            case .timedOut, .stopped, .ended, .unreadable, .failed: plain.messages
            }
        // Without a configuration that can be read, the socket may be looked for in the wrong place.
        return CommandError(messages + problems.map(\.description), notes: absence, exitCode: plain.exitCode)
    }

    /// That the last start failed, and why, where that is known: a service manager shows only that it did.
    private var lastStart: String {
        let history = try? History.load(stateDirectory: configuration.stateDirectory)
        guard let last = history?.deploys.last, last.verb == StartVerb.verb.name, last.outcome == .failed else {
            return ""
        }
        return "; the last start failed: \(ForeignText.line(last.reason))"
    }

    /// What a master left that is no more; nil: nothing, or one runs.
    var leftovers: Leftovers? { Leftovers(of: configuration) }

    /// The master that holds the state directory; nil: none does, or this user cannot see which. One that was killed takes a moment to vanish, and is none.
    var masterPid: Int32? {
        guard let pid = LockHolder.find(stateDirectory: configuration.stateDirectory) else { return nil }
        guard let process = try? ProcessDescriptor(pid: pid) else { return nil }
        return (try? Poll.readable(process.number, timeout: Self.vanishing)) == true ? nil : pid
    }

    /// How long a master that was just killed may take to vanish.
    private static let vanishing = Duration.milliseconds(500)

    /// What there is where no master answers; nil: nothing.
    private func absence(at path: String) -> String? {
        if let pid = masterPid {
            return "the master (pid \(pid)) runs, but nothing answers at \(path): "
                + "wait if it has just started; else `kill -HUP \(pid)` makes it create that socket again"
        }
        if let copy = CopiedState(of: configuration) { return "\(copy): \(copy.advice)" }
        if let leftovers { return "\(leftovers.description): \(advice(on: leftovers))" }
        let others = LaneHolders(of: configuration)
        guard !others.isEmpty else { return nil }
        let names = others.otherDeployds.map(\.description) + others.programs.map(\.description)
        let ways = others.otherDeployds.compactMap { $0.way(to: Self.typed(CommandLine.arguments.dropFirst())) }.map {
            "if you mean that site: \($0); "
        }
        return "no master listens on \(path), and another process has its address: "
            + "\(names.isEmpty ? others.all.names : names.joined(separator: ", ")); \(ways.joined())"
            + "`deployd check` says which, and what to do"
    }

    /// What to do about what is left, as a clause without an end: what a start would do.
    func advice(on leftovers: Leftovers) -> String {
        let isRefused = problems.isEmpty && !TakeoverCheck.problems(configuration, surroundings).isEmpty
        guard isRefused, leftovers.isTakenOver else { return leftovers.advice(start: startCommand) }
        return "\(startCommand) does not take it over with this configuration: `deployd check` says why; "
            + "`deployd stop` ends it"
    }

    /// What the master says of itself; nil: none answers this user.
    var status: StatusReport? {
        guard case .status(let report)? = try? ControlClient.ask(.status, at: socketPath) else { return nil }
        return report
    }

    /// Asks the master for one thing that is answered by one event, such as its status.
    func ask(_ verb: ControlVerb) throws(CommandError) -> ControlEvent {
        var client = try connect()
        do throws(ControlError) {
            return try client.answer(to: verb)
        } catch .ended {
            // It may have been killed a moment ago: then this says what it left.
            _ = try connect()
            throw CommandError(.ended(path: socketPath))
        } catch {
            throw CommandError(error)
        }
    }
}
