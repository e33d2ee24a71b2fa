internal import DeployCore
internal import Handoff
internal import Linux

/// A command that a person has typed, to be started as a release's own processes are: user, groups, directory, variables,
/// umask, limits.
///
/// It is started by the person's own process with the person's own rights, and never by the master: nobody becomes more by it
/// than he is.
package struct TypedCommand: Sendable {
    /// The processes that it is to be like.
    package struct Model: Sendable {
        /// The release, absolute; nil: the one that serves, else the one that a start would serve.
        package var release: String?
        /// The kind of process; nil: the web workers.
        package var kind: String?

        /// Processes of that kind in that release.
        package init(release: String?, kind: String?) {
            self.release = release
            self.kind = kind
        }
    }

    /// Why it cannot be started.
    package struct Refusal: Error, Equatable, Sendable {
        /// A line for each reason.
        package let messages: [String]
    }

    let order: LaunchOrder

    /// Looks up everything, and starts nothing.
    ///
    /// - Parameter words: the program, found as a `command` of the manifest is, and its arguments.
    package init(
        _ words: [String], like model: Model, _ configuration: Configuration, _ surroundings: Surroundings
    ) throws(Refusal) {
        let directory = StateDirectory(configuration)
        let owner = SiteOwner(directory) ?? SiteOwner(uid: surroundings.userID)
        guard surroundings.userID == 0 || surroundings.userID == owner.uid else {
            let own = UserAccount.find(uid: surroundings.userID)?.name ?? "user \(surroundings.userID)"
            let who = owner.uid == 0 ? "root" : "root and \(owner.name)"
            throw Refusal(
                "the site is \(owner.name)'s, and you are \(own); expected \(who), who can become what its workers are: "
                    + owner.command("run"))
        }
        if surroundings.userID == 0 { try Self.requireTrust(in: configuration, of: owner, surroundings) }
        let found = try Source(model, configuration, surroundings, owner)
        var order = try found.order(of: model.kind)
        try Self.setProgram(words, of: &order, found, surroundings)
        order.set(found.variables(directory, kind: model.kind))
        try Self.setAccount(of: &order, found, owner, surroundings)
        if (order.account?.uid ?? surroundings.userID) == 0 { try Self.requireRoots(order, found) }
        // (In another user's site it would be root's, and in his master's way.)
        if owner.uid == surroundings.userID, Files.kind(directory.root) == .directory {
            do { try order.giveHome(in: directory) } catch { order.home = nil }
        }
        self.order = order
    }

    /// Root goes by nothing that others than the site's owner could have written: the configuration, the state.
    private static func requireTrust(
        in configuration: Configuration, of owner: SiteOwner, _ surroundings: Surroundings
    ) throws(Refusal) {
        let trust = FileTrust(user: owner.uid)
        let shown = configuration.shownFile(surroundings)
        let file = configuration.file.flatMap { trust.problem(with: $0, shown: shown, what: "a configuration") }
        let problems = [file].compactMap(\.self) + trust.problems(with: StateDirectory(configuration))
        guard problems.isEmpty else { throw Refusal(messages: problems.map(\.description)) }
    }

    /// What is to run as root is in root's hands alone, as a release's own programs are: ``RootCheck``.
    private static func requireRoots(_ order: LaunchOrder, _ source: Source) throws(Refusal) {
        let label = source.release.label
        var root = RootCheck(trust: FileTrust(user: 0), release: source.release.path, shown: label)
        var problems = root.releaseProblems()
        let start = ProgramStart(
            directory: order.directory, searchPath: order.value(of: "PATH") ?? Defaults.searchPath)
        let files = CommandFiles(directory: order.directory)
        let programs = [order.executable] + start.interpreters(of: order.executable, namingEnv: true)
        let named = (files.named(by: order.arguments) + files.namedByShell(in: order.arguments)).map(\.path)
        for (path, what) in [(order.directory, "a directory")] + programs.map({ ($0, "a program") })
            + named.map({ ($0, "a file") })
        {
            if let problem = root.problem(with: path, what: what, file: label) { problems.append(problem) }
        }
        guard problems.isEmpty else { throw Refusal(messages: problems.map(\.description)) }
    }

    private static func setProgram(
        _ words: [String], of order: inout LaunchOrder, _ source: Source, _ surroundings: Surroundings
    ) throws(Refusal) {
        guard let program = words.first, !program.isEmpty else { throw Refusal("the command is empty") }
        let lookup = CommandLookup(
            release: source.release.path, executableDirectory: surroundings.executableDirectory,
            searchPath: order.value(of: "PATH") ?? Defaults.searchPath)
        switch lookup.find(program) {
        case .found(let path):
            order.executable = path
            order.arguments = words
        case .notExecutable(let path):
            throw Refusal(
                "found \(path), which is not executable; expected a program: chmod +x \(ShellWord.quoted(path))")
        case .notFound(let places):
            throw Refusal(
                "found no program \(JSONValue.quoted(program)); expected it "
                    + (program.contains("/") ? "at " : "in one of ") + places.joined(separator: ", "))
        }
    }

    /// Root becomes whom the workers are; anybody else is that user already.
    private static func setAccount(
        of order: inout LaunchOrder, _ source: Source, _ owner: SiteOwner, _ surroundings: Surroundings
    ) throws(Refusal) {
        if let account = order.account, surroundings.userID != 0, account.uid != surroundings.userID {
            throw Refusal(
                "the workers are \(SiteOwner(uid: account.uid).name), and only root can become that user: "
                    + "`sudo deployd run`")
        }
        if let account = order.account, owner.uid != 0, account.uid != owner.uid {
            throw Refusal(
                "the site is \(owner.name)'s, and its workers are to be \(SiteOwner(uid: account.uid).name); expected \(owner.name), "
                    + "who cannot become anybody else: look through \(source.release.path) and the state directory")
        }
        guard order.account == nil, owner.uid != surroundings.userID else { return }
        guard let account = UserAccount.find(uid: owner.uid) else {
            throw Refusal("the site is user \(owner.uid)'s, who is none of this machine: `getent passwd` lists them")
        }
        order.account = LaunchOrder.Account(
            uid: account.uid, gid: account.gid, groups: ([account.gid] + account.groups()).uniqued())
        guard !source.hasMastersVariables else { return }
        order.set([("HOME", account.home), ("USER", account.name), ("LOGNAME", account.name)])
    }
}

extension TypedCommand.Refusal {
    init(_ message: String) { messages = [message] }
}

extension TypedCommand {
    /// The release whose processes are the model.
    struct Source {
        let release: RunnableRelease
        /// The generation that serves; nil: the release was looked up anew.
        let generation: GenerationNumber?
        /// The variables began with those of the master, and not with the person's.
        let hasMastersVariables: Bool

        /// What serves is as it was when it was deployed; any other release is read now.
        init(
            _ model: Model, _ configuration: Configuration, _ surroundings: Surroundings, _ owner: SiteOwner
        ) throws(Refusal) {
            let directory = StateDirectory(configuration)
            if model.release == nil, let saved = try? directory.readState(), saved.isOfThisBoot,
                let serving = saved.machine.serving, let release = saved.releases[serving]
            {
                (self.release, generation, hasMastersVariables) = (release, serving, true)
                return
            }
            var own = surroundings
            own.userID = owner.uid
            own.groupID = UserAccount.find(uid: owner.uid)?.gid ?? surroundings.groupID
            let masters = LockHolder.find(directory.lock).flatMap { Surroundings.environment(ofProcess: $0) }
            if let masters { own.environment = masters }
            hasMastersVariables = masters != nil
            generation = nil
            do throws(ProblemsFound) {
                let path: String
                if let named = model.release { path = named } else { path = try Self.start(configuration) }
                let resolved = try ReleaseResolver(configuration: configuration, surroundings: own).resolve(path)
                release = try Self.runnable(resolved)
            } catch {
                throw Refusal(messages: error.problems.map(\.description))
            }
        }

        private static func start(_ configuration: Configuration) throws(ProblemsFound) -> String {
            guard let history = try? History.load(of: configuration) else { return configuration.initialRelease }
            return try StartRelease.choose(named: nil, history: history, configuration: configuration).path
        }

        private static func runnable(_ resolved: ResolvedRelease) throws(ProblemsFound) -> RunnableRelease {
            do { return try RunnableRelease(resolved) } catch {
                throw ProblemsFound([
                    Problem(
                        file: resolved.path, found: error.description, expected: "users and groups of this machine")
                ])
            }
        }

        /// The order for a process of a kind; nil: a web worker.
        func order(of kind: String?) throws(Refusal) -> LaunchOrder {
            guard let kind, kind != Manifest.Process.web else {
                var order = release.order
                // What deployd's own web server is told is nobody else's.
                order.environment.removeAll { $0.hasPrefix("\(WorkerEnvironment.web)=") }
                return order
            }
            if let process = release.process(kind) { return process.order }
            let kinds = ([Manifest.Process.web] + (release.processes ?? []).map(\.name)).joined(separator: ", ")
            throw Refusal("\(release.label) has no kind of process \(JSONValue.quoted(kind)); it has \(kinds)")
        }

        /// The variables by which it finds its release, and what runs of it.
        func variables(_ directory: StateDirectory, kind: String?) -> [(name: String, value: String)] {
            var variables = [(name: WorkerEnvironment.release, value: release.path)]
            if let kind { variables.append((WorkerEnvironment.process, kind)) }
            guard let generation else { return variables }
            variables.append((WorkerEnvironment.generation, "\(generation)"))
            return variables
                + release.addresses(in: generation, directory).map {
                    (WorkerEnvironment.socket(of: $0.name), $0.address.description)
                }
        }
    }
}

extension Surroundings {
    /// The variables that a process was started with; nil: they may not be read, or it is gone.
    static func environment(ofProcess pid: Int32) -> [String: String]? {
        guard let content = try? Files.read("/proc/\(pid)/environ"), !content.isEmpty else { return nil }
        var variables: [String: String] = [:]
        for entry in content.split(separator: 0) {
            let text = String(decoding: entry, as: UTF8.self)
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { continue }
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return variables
    }
}
