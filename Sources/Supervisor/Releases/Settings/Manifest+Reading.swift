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
                $0.manifest(directory: directory)
            }
            let unknown = UnknownKeys(known: reader.knownKeys, otherFile: Defaults.configurationFile) {
                Configuration.read(Array("{}".utf8), file: "/", surroundings: Surroundings(workingDirectory: "/"))
                    .knownKeys
            }
            return Reading(
                value: value, problems: unknown.advised(document.sorted(reader.problems)), knownKeys: reader.knownKeys)
        } catch {
            let (value, reader) = ObjectReader.read(file: shownFile, fields: [:]) { $0.manifest(directory: directory) }
            return Reading(value: value, problems: error.problems, knownKeys: reader.knownKeys)
        }
    }
}

extension ObjectReader {
    fileprivate mutating func manifest(directory: String) -> Manifest {
        let inherit = choice("inherit", of: SocketProtocol.self) ?? .listenFds
        let manifest = Manifest(
            command: has("web") ? webCommand("command") : command("command"),
            inherit: inherit,
            environment: variables("environment"),
            environmentFiles: environmentFiles("environmentFiles", directory: directory),
            health: object("health") { $0.health() },
            drain: object("drain") { $0.drain(defaultSignal: inherit.drainSignal) },
            watch: watch("watch"),
            recycle: object("recycle") { $0.recycle() },
            watchdog: duration("watchdog", atLeast: Self.shortestTimeout),
            canary: canary("canary"),
            rollback: choice("rollback", of: Manifest.RollbackRule.self) ?? .allowed,
            readiness: choice("readiness", of: Manifest.ReadinessRule.self)
                ?? (inherit == .fpm ? .notify : .auto),
            readyTimeout: duration("readyTimeout", atLeast: Self.shortestTimeout),
            directory: text("directory", expected: "a path") ?? Defaults.directory,
            user: text("user", expected: "the name of a user"),
            group: text("group", expected: "the name of a group"),
            umask: umask("umask"),
            limits: limits("limits"),
            hooks: hooks("hooks"),
            processes: processes("processes"),
            web: web("web"))
        refuseCanary("canary", of: manifest)
        return manifest
    }
}

extension ObjectReader {
    /// The program and its arguments: a list that is not empty.
    /// The command of a release whose web workers are deployd's own: there is none to write.
    private mutating func webCommand(_ key: String) -> [String] {
        if let value = value(key) {
            refuse(key, found: value.found, expected: "either it or `web`: with `web` deployd itself is the web server")
        }
        return ["deployd", Manifest.Web.verb]
    }

    mutating func command(_ key: String) -> [String] {
        let expected = "a list of the program and its arguments: [\"site\"]"
        guard has(key) else {
            _ = value(key)
            refuse(key, found: "nothing", expected: expected)
            return []
        }
        let words = texts(key, expected: expected, item: "a string") ?? []
        if case .list(let items) = value(key), items.isEmpty || items.first == .text("") {
            refuse(key, found: items.isEmpty ? "an empty list" : "a program without a name", expected: expected)
        }
        return words
    }
}

extension ObjectReader {

    fileprivate mutating func recycle() -> RecyclePolicy {
        var policy = RecyclePolicy()
        policy.memory = size("memory", atLeast: 1 << 20)
        policy.age = duration("age", atLeast: .seconds(1))
        policy.interval = duration("interval", atLeast: .milliseconds(100)) ?? policy.interval
        return policy
    }

    fileprivate mutating func health() -> Manifest.Health {
        let path = read("path", expected: "a path that begins with \"/\", without spaces") {
            $0.text.flatMap { $0.hasPrefix("/") && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil }
        }
        let host = read("host", expected: "a host name, perhaps with a port") {
            $0.text.flatMap { !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil }
        }
        return Manifest.Health(
            path: path,
            host: host,
            status: statusSet("status") ?? (path == nil ? Defaults.healthStatusWithoutPath : Defaults.healthStatus),
            timeout: duration("timeout", atLeast: Self.shortestTimeout) ?? Defaults.healthTimeout,
            interval: duration("interval", atLeast: Self.shortestTimeout) ?? Defaults.healthInterval,
            count: integer("count", in: 1...1000) ?? Defaults.healthCount)
    }

    private mutating func statusSet(_ key: String) -> StatusSet? {
        read(key, expected: "status codes such as \"200-399\" or [200, 401]") {
            switch $0 {
            case .text(let text): return StatusSet(parsing: text)
            case .integer(let code): return StatusSet.isCode(code) ? StatusSet([code...code]) : nil
            case .list(let items):
                let codes: [Int] = items.compactMap { item in
                    if case .integer(let code) = item, StatusSet.isCode(code) { code } else { nil }
                }
                return codes.isEmpty || codes.count != items.count ? nil : StatusSet(codes.map { $0...$0 })
            case .null, .boolean, .number, .object: return nil
            }
        }
    }

    mutating func drain(defaultSignal: Signal) -> Manifest.Drain {
        let signal = read("signal", expected: "the name of a signal such as \"TERM\", \"QUIT\" or \"USR2\"") { value in
            value.text.flatMap { Signal(name: $0) }.flatMap { [.kill, .stop].contains($0) ? nil : $0 }
        }
        return Manifest.Drain(
            requests: duration("requests") ?? Defaults.drainRequests,
            upgrades: duration("upgrades") ?? Defaults.drainUpgrades,
            signal: signal ?? defaultSignal)
    }
}
