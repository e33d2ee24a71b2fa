internal import DeployCore
internal import FoundationEssentials
internal import Handoff
internal import Linux

/// Looks at one release whose manifest was read, and gathers what stands in the way.
struct ReleaseExaminer {
    let path: String
    /// The release as the user knows it.
    let shown: String
    let manifest: Reading<Manifest>
    let resolver: ReleaseResolver
    /// Users who can write it: it is read with their rights.
    let writers: ReleaseWriters
    var root: RootCheck
    var problems: [Problem] = []
    /// Settings that are allowed, and may yet surprise: a line each.
    var warnings: [String] = []

    var configuration: Configuration { resolver.configuration }
    var manifestFile: String { Paths.normalised(shown + "/" + Defaults.manifestFile) }

    mutating func examine() -> ReleaseExamination {
        problems = manifest.problems
        let value = manifest.value
        let layers = [
            configuration.environment,
            variables(configuration.environmentFiles, file: configurationFile, isReleases: false),
            value.environment,
            variables(value.environmentFiles, file: manifestFile, isReleases: true),
        ]
        let user = value.user ?? configuration.user
        let account = account(user, file: value.user == nil ? configurationFile : manifestFile)
        // The group of the configuration goes with its user: another user brings its own.
        let group = value.group ?? (value.user == nil ? configuration.group : nil)
        let uid = user == nil ? resolver.surroundings.userID : account?.uid
        checkTrust(runsAs: uid)
        checkGroup(group, file: value.group == nil ? configurationFile : manifestFile)
        checkIdentity(value.user, value.group)
        let environment = merged(layers, for: account)
        let shared = SharedCheck(
            configuration: configuration, surroundings: resolver.surroundings, release: (path, shown),
            file: configurationFile)
        problems += shared.problems
        warnings += shared.warnings
        let web = WebCheck(
            manifest: value, release: path, file: manifestFile,
            shared: configuration.shared.flatMap { [$0.directory, Paths.join(path, $0.link)] })
        let disagreements =
            InheritCheck(manifest: value, listeners: configuration.listeners, file: manifestFile).problems
            + SecureCheck(manifest: value, listeners: configuration.listeners, file: manifestFile).problems
            + ProcessCheck(manifest: value, directory: StateDirectory(configuration), file: manifestFile).problems
            + web.problems
        // What could not be read has its default, of which nothing more is to be told.
        problems += disagreements.filter { disagreement in
            !manifest.problems.contains { Self.isAbout(disagreement.keyPath, $0.keyPath) }
        }
        warnings += web.warnings
        let executable =
            value.web == nil
            ? executable(of: value.command, "command", environment, runsAs: uid)
            : resolver.surroundings.executable
        let directory = workingDirectory()
        var hooks: [HookKind: ResolvedHook] = [:]
        for kind in HookKind.allCases {
            hooks[kind] = resolved(
                value.hooks[kind], "hooks.\(kind.rawValue)", user: user, uid: uid, group: group,
                environment: environment, layers: layers)
        }
        let test = resolved(
            value.watch.test, "watch.test", user: user, uid: uid, group: group, environment: environment,
            layers: layers)
        let processes = processes(over: environment, runAs: uid)
        let closed = layers.contains { !$0.isEmpty } ? processes.compactMap(closedPool) : []
        warnings += closed
        guard problems.isEmpty, let executable else {
            return ReleaseExamination(release: nil, problems: problems, warnings: warnings)
        }
        let release = ResolvedRelease(
            path: path, label: ReleaseLayout(configuration).label(path), manifest: value, executable: executable,
            arguments: value.command, environment: webEnvironment(over: environment), workingDirectory: directory,
            user: user, group: group,
            umask: value.umask ?? configuration.umask, limits: configuration.limits.overridden(by: value.limits),
            hooks: hooks, test: test, processes: processes,
            replaceable: LaunchOrder.homes.filter { name in !layers.contains { $0[name] != nil } })
        return ReleaseExamination(release: release, problems: [], warnings: warnings)
    }

    /// True if a key is `other`, or a key of the object that stands there.
    private static func isAbout(_ key: String, _ other: String) -> Bool {
        key == other || key.hasPrefix("\(other).") || key.hasPrefix("\(other)[")
    }

    private func merged(_ layers: [[String: String]], for account: UserAccount?) -> [String: String] {
        EnvironmentLayers.merge(
            inherited: resolver.surroundings.environment, account: account.map { ($0.name, $0.home) },
            virtualEnvironment: virtualEnvironment, layers: layers, ownLayers: 2)
    }

    /// The release's virtual environment of Python. Source: PEP 405.
    var virtualEnvironment: String? {
        let places = [path, Paths.join(path, manifest.value.directory)]
        return places.flatMap { ["\($0)/venv", "\($0)/.venv"] }.first {
            Files.kind("\($0)/pyvenv.cfg") == .file && Files.kind("\($0)/bin") == .directory
        }
    }

    /// Web workers are told where the proofs for ACME lie, and deployd as the web server what to do.
    private func webEnvironment(over environment: [String: String]) -> [String: String] {
        var own: [String: String] = [:]
        own[WorkerEnvironment.challenges] = configuration.tls.proofs
        if var web = manifest.value.web {
            web.reserved = reserved
            web.https?.port = securePort
            web.shared = configuration.shared.map(\.directory)
            for site in web.sites.indices { web.sites[site].settings.shared = web.shared }
            let text = try? JSONEncoder().encode(web)
            own[WorkerEnvironment.web] = text.map { String(decoding: $0, as: UTF8.self) }
        }
        return environment.merging(own) { $1 }
    }

    /// Where users find https, unless it is the port that they need not name.
    private var securePort: Int? {
        let port = configuration.secureListeners.first?.address.port.map(Int.init)
        return port == 443 || port == 0 ? nil : port
    }

    /// Files of deployd among those that are served, which are never for users.
    private var reserved: WebSettings.Reserved {
        let state = StateDirectory(configuration)
        let variables = (manifest.value.environmentFiles + configuration.environmentFiles).map(\.path)
        return WebSettings.Reserved(
            files: ([Paths.join(path, Defaults.manifestFile)] + variables + [configuration.file].compactMap { $0 }
                + [state.lock, state.stateFile, state.history]).uniqued(),
            directories: [state.root, state.runtime, state.logs].uniqued())
    }

    var configurationFile: String {
        Paths.shortened(
            configuration.file ?? Defaults.configurationFile, from: resolver.surroundings.workingDirectory)
    }

    private mutating func account(_ user: String?, file: String, keyPath: String = "user") -> UserAccount? {
        guard let user else { return nil }
        guard let account = UserAccount.find(user) else {
            problems.append(
                Problem(
                    file: file, keyPath: keyPath, found: JSONValue.quoted(user), expected: "a user of this machine",
                    advice: "`getent passwd` lists them"))
            return nil
        }
        if resolver.surroundings.userID != 0, account.uid != resolver.surroundings.userID {
            problems.append(
                Problem(
                    file: file, keyPath: keyPath, found: JSONValue.quoted(user),
                    expected: "the user who starts deployd",
                    advice: "only root can start workers as another user"))
        }
        return account
    }

    private mutating func checkGroup(_ group: String?, file: String) {
        guard let group else { return }
        let found = JSONValue.quoted(group)
        guard let number = GroupAccount.find(group) else {
            problems.append(
                Problem(
                    file: file, keyPath: "group", found: found, expected: "a group of this machine",
                    advice: "`getent group` lists them"))
            return
        }
        guard resolver.surroundings.userID != 0, number != resolver.surroundings.groupID else { return }
        problems.append(
            Problem(
                file: file, keyPath: "group", found: found, expected: "the group of the user who starts deployd",
                advice: "only root can start workers in another"))
    }

    /// Whoever can write a release must not become another user, or a member of another group, by what it says: root's own
    /// file names those as whom its programs run.
    private mutating func checkIdentity(_ user: String?, _ group: String?, _ keyPath: String = "user") {
        guard resolver.surroundings.userID == 0 else { return }
        func problem(_ key: String, _ name: String, _ who: String) -> Problem {
            let setting = "\(key.split(separator: ".").last ?? ""): \(JSONValue.quoted(name))"
            return Problem(
                file: manifestFile, keyPath: key, found: JSONValue.quoted(name),
                expected: "what deployd.json says: \(who) could run programs as another user",
                advice: "name it in deployd.json: { \(setting) }")
        }
        // (What would run as root is held to more: ``RootCheck``.)
        if let user, let uid = UserAccount.find(user)?.uid, uid != 0,
            configuration.user.flatMap({ UserAccount.find($0) })?.uid != uid, let who = writers.whoMayNotRun(as: uid)
        {
            problems.append(problem(keyPath, user, who))
        }
        if let group, let gid = GroupAccount.find(group),
            configuration.group.flatMap({ GroupAccount.find($0) }) != gid, let who = writers.whoMayNotRun(in: gid)
        {
            problems.append(problem("group", group, who))
        }
    }

    /// A hook runs as a worker would, but for a user of its own.
    private mutating func resolved(
        _ hook: Manifest.Hook?, _ key: String, user: String?, uid: UInt32?, group: String?,
        environment: [String: String], layers: [[String: String]]
    ) -> ResolvedHook? {
        guard let hook else { return nil }
        var (variables, uid) = (environment, uid)
        if let own = hook.user {
            let account = account(own, file: manifestFile, keyPath: "\(key).user")
            uid = account?.uid
            checkIdentity(own, nil, "\(key).user")
            checkTrust(runsAs: uid)
            variables = merged(layers, for: account)
        }
        let found = executable(of: hook.command, "\(key).command", variables, runsAs: uid)
        return found.map {
            ResolvedHook(
                executable: $0, arguments: hook.command, environment: variables, user: hook.user ?? user,
                group: hook.user == nil ? group : nil)
        }
    }

    /// The kinds of processes beside the web workers: the same user, directory and variables, and some of their own.
    private mutating func processes(
        over environment: [String: String], runAs uid: UInt32?
    ) -> [ResolvedProcess] {
        var processes: [ResolvedProcess] = []
        for process in manifest.value.processes {
            let own = environment.merging(process.environment) { $1 }
            let key = JSONOutline.path("processes", key: process.name)
            let found = executable(of: process.command, "\(key).command", own, runsAs: uid)
            guard let found else { continue }
            processes.append(
                ResolvedProcess(
                    name: process.name, executable: found, arguments: process.command, environment: own,
                    socket: process.socket, inherit: process.inherit, drainSignal: process.drain.signal,
                    job: process.job))
        }
        return processes
    }

    private mutating func executable(
        of command: [String], _ keyPath: String, _ environment: [String: String], runsAs uid: UInt32?
    ) -> String? {
        guard let program = command.first, !program.isEmpty else { return nil }
        let searchPath = environment["PATH"] ?? Defaults.searchPath
        let lookup = CommandLookup(
            release: path, executableDirectory: resolver.surroundings.executableDirectory, searchPath: searchPath)
        switch lookup.find(program) {
        case .found(let program):
            checkFiles(of: command, keyPath)
            let writers = writers
            let start = ProgramStart(
                directory: Paths.join(path, manifest.value.directory), searchPath: searchPath,
                opening: { (path: String) throws(SystemError) -> FileDescriptor in
                    try ReleaseFile.open(path, of: writers)
                })
            checkTrust(in: command, program, start, keyPath, runsAs: uid)
            checkPython(of: command, program, start, keyPath, environment)
            guard let obstacle = start.obstacle(to: program) else { return program }
            problems.append(
                Problem(
                    file: manifestFile, keyPath: "\(keyPath)[0]", found: obstacle.found, expected: obstacle.expected,
                    advice: obstacle.advice))
        case .notExecutable(let path):
            problems.append(
                Problem(
                    file: manifestFile, keyPath: "\(keyPath)[0]", found: "\(path), which is not executable",
                    expected: "an executable file", advice: "chmod +x \(ShellWord.quoted(path))"))
        case .notFound(let places):
            problems.append(
                Problem(
                    file: manifestFile, keyPath: "\(keyPath)[0]",
                    found: "no program \(JSONValue.quoted(program))",
                    expected: program.contains("/")
                        ? "it at \(places.joined())" : "it in one of " + places.joined(separator: ", "),
                    advice: ShellWords(command: command).advice))
        }
        return nil
    }

    /// A hook before the workers start may write what they read.
    private mutating func checkFiles(of command: [String], _ keyPath: String) {
        let directory = Paths.join(path, manifest.value.directory)
        let before = "hooks.\(HookKind.before.rawValue)"
        let mayBeMade = manifest.value.hooks[.before] != nil && !keyPath.hasPrefix("\(before).")
        let writers = writers
        let files = CommandFiles(directory: directory, mayBeHidden: { writers.whoMayNotSee($0) != nil })
        for missing in files.missing(in: command) {
            let key = "\(keyPath)[\(missing.index)]"
            guard mayBeMade else {
                problems.append(
                    Problem(
                        file: manifestFile, keyPath: key,
                        found: "\(JSONValue.quoted(missing.name)), which does not exist",
                        expected: "a file at \(missing.path)"))
                continue
            }
            warnings.append(
                "\(manifestFile): \(key): there is no \(missing.path): the program will not find it, unless the before hook "
                    + "creates it")
        }
    }

    private mutating func workingDirectory() -> String {
        let directory = Paths.join(path, manifest.value.directory)
        if Files.kind(directory) != .directory {
            problems.append(
                Problem(
                    file: manifestFile, keyPath: "directory", found: JSONValue.quoted(manifest.value.directory),
                    expected: "a directory", advice: "there is none at \(directory)"))
        }
        return directory
    }
}
