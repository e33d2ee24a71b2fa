internal import DeployCore
internal import Handoff
internal import Linux

extension Manifest {
    /// Reads the bytes of a `release.json`.
    ///
    /// - Parameters:
    ///   - directory: the release, absolute: relative environment files start there.
    ///   - shownFile: the manifest's name in problems.
    package static func read(_ bytes: [UInt8], directory: String, shownFile: String) -> Reading<Manifest> {
        do {
            let document = try JSONDocument(bytes, file: shownFile)
            let (value, reader) = ObjectReader.read(file: shownFile, fields: document.fields) {
                Manifest(reading: &$0, directory: directory)
            }
            let unknown = UnknownKeys(known: reader.knownKeys, otherFile: Defaults.configurationFile) {
                Configuration.read(Array("{}".utf8), file: "/", surroundings: Surroundings(workingDirectory: "/"))
                    .knownKeys
            }
            return Reading(
                value: value, problems: unknown.advised(document.sorted(reader.problems)), knownKeys: reader.knownKeys)
        } catch {
            let (value, reader) = ObjectReader.read(file: shownFile, fields: [:]) {
                Manifest(reading: &$0, directory: directory)
            }
            return Reading(value: value, problems: error.problems, knownKeys: reader.knownKeys)
        }
    }

    private init(reading reader: inout ObjectReader, directory: String) {
        let inherit = reader.choice("inherit", of: SocketProtocol.self) ?? .listenFds
        self.init(
            command: reader.has("web") ? Self.webCommand("command", &reader) : reader.command("command"),
            inherit: inherit,
            environment: reader.variables("environment"),
            environmentFiles: EnvironmentFileReference.list("environmentFiles", in: directory, from: &reader),
            health: reader.object("health") { Health(reading: &$0) },
            drain: reader.object("drain") { Drain(reading: &$0, defaultSignal: inherit.drainSignal) },
            watch: .read("watch", from: &reader),
            warm: reader.duration("warm"),
            recycle: reader.object("recycle") { RecyclePolicy(reading: &$0) },
            watchdog: reader.timeout("watchdog"),
            canary: CanaryStep.list("canary", from: &reader),
            rollback: reader.choice("rollback", of: RollbackRule.self) ?? .allowed,
            readiness: reader.choice("readiness", of: ReadinessRule.self) ?? (inherit == .fpm ? .notify : .auto),
            readyTimeout: reader.timeout("readyTimeout"),
            directory: reader.text("directory", expected: "a path") ?? Defaults.directory,
            user: reader.text("user", expected: "the name of a user"),
            group: reader.text("group", expected: "the name of a group"),
            umask: reader.umask("umask"),
            limits: reader.object("limits") { ResourceLimits(reading: &$0) },
            hooks: reader.object("hooks") { Hooks(reading: &$0) },
            processes: Process.list("processes", from: &reader),
            web: WebSettings.read("web", from: &reader))
        if rollback == .never, !canary.isEmpty {
            reader.refuse(
                "canary", found: "steps together with rollback: \"never\"",
                expected: "one of them: a canary is useful only if it can be rolled back")
        }
    }

    /// The command of a release whose web workers are deployd's own: there is none to write.
    private static func webCommand(_ key: String, _ reader: inout ObjectReader) -> [String] {
        if let value = reader.value(key) {
            reader.refuse(
                key, found: value.found, expected: "either it or `web`: with `web` deployd itself is the web server")
        }
        return ["deployd", WebSettings.verb]
    }
}

extension RecyclePolicy {
    fileprivate init(reading reader: inout ObjectReader) {
        self.init()
        memory = reader.size("memory", atLeast: 1 << 20)
        age = reader.duration("age", atLeast: .seconds(1))
        interval = reader.duration("interval", atLeast: .milliseconds(100)) ?? interval
    }
}

extension Manifest.Health {
    fileprivate init(reading reader: inout ObjectReader) {
        path = reader.read("path", expected: "a path that begins with \"/\", without spaces") {
            $0.text.flatMap { $0.hasPrefix("/") && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil }
        }
        host = reader.read("host", expected: "a host name, perhaps with a port") {
            $0.text.flatMap { !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil }
        }
        status =
            reader.read("status", expected: "status codes such as \"200-399\" or [200, 401]") { StatusSet($0) }
            ?? (path == nil ? Defaults.healthStatusWithoutPath : Defaults.healthStatus)
        timeout = reader.timeout("timeout") ?? Defaults.healthTimeout
        interval = reader.timeout("interval") ?? Defaults.healthInterval
        count = reader.integer("count", in: 1...1000) ?? Defaults.healthCount
    }
}

extension Manifest.Drain {
    init(
        reading reader: inout ObjectReader, defaultSignal: Signal, requests longest: Duration = Defaults.drainRequests
    ) {
        let written = reader.read("signal", expected: "the name of a signal such as \"TERM\", \"QUIT\" or \"USR2\"") {
            $0.text.flatMap { Signal(name: $0) }.flatMap { [.kill, .stop].contains($0) ? nil : $0 }
        }
        requests = reader.duration("requests") ?? longest
        upgrades = reader.duration("upgrades") ?? Defaults.drainUpgrades
        signal = written ?? defaultSignal
    }
}
