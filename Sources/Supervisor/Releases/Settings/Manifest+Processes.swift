package import DeployCore
package import Handoff

extension Manifest {
    /// A kind of process that belongs to a generation beside its web workers: an application server, background jobs.
    package struct Process: Sendable, Equatable {
        /// The name: small letters, digits and "-", a letter first. Never ``Process/web``.
        package var name: String
        /// The program and its arguments, as for the release's own command.
        package var command: [String]
        /// The number of these processes in a generation.
        package var workers: WorkerCount
        /// The way in which other processes of the generation reach it.
        package var socket: SocketRule
        /// The way in which it is told of its inherited socket, beside `LISTEN_FDS`.
        package var inherit: SocketProtocol
        /// Whether two generations may have one at a time.
        package var overlap: OverlapRule
        /// Variables of its own, over those of the release.
        package var environment: [String: String]
        /// The condition for being ready.
        package var readiness: ReadinessRule
        /// The signal to stop, and the time for it.
        package var drain: Drain
        /// The longest silence once it is ready; nil for any.
        package var watchdog: Duration?
        /// The times at which it is started; nil: it always runs.
        package var schedule: Schedule?
        /// How long a run of what has a schedule may take.
        package var timeout: Duration

        /// The name that the release's own command has among the kinds.
        package static let web = "web"

        /// The way to a kind's socket. The raw value is the word in the manifest.
        package enum SocketRule: String, CaseIterable, Codable, Sendable {
            /// It inherits a listening unix socket, which the master has made.
            case listen
            /// It makes a unix socket itself, at the path that the master names.
            case path
            /// It listens itself on the loopback port that the master names.
            case port
            /// Not at all: it works in the background.
            case nowhere = "none"
        }

        /// What may be at a time while one generation follows another. The raw value is the word in the manifest.
        package enum OverlapRule: String, CaseIterable, Sendable {
            /// The new generation's start with it; the old one's drain with it.
            case allowed
            /// After the commit the old generation's end, and then the new one's start.
            case forbidden = "none"
        }

        /// The condition for a kind's being ready. The raw value is the word in the manifest.
        package enum ReadinessRule: String, CaseIterable, Sendable {
            /// As `notify` once any process of the kind has said READY=1, as `none` while none has.
            case auto
            /// Every process of the kind says READY=1.
            case notify
            /// Once it runs. READY=1 means nothing.
            case none
        }
    }
}

extension Manifest.Process {
    /// Reads the kinds of processes, in the order of their names.
    static func list(_ key: String, from reader: inout ObjectReader) -> [Self] {
        let fields =
            reader.read(key, expected: "an object of names and processes: { app: { command: [\"bin/app\"] } }") {
                $0.fields
            } ?? [:]
        var processes: [Self] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let place = JSONOutline.path(key, key: name)
            if let mistake = mistake(inName: name) {
                reader.refuse(place, found: "the name \(JSONValue.quoted(name))", expected: mistake)
            }
            let written = if case .list = value { ["command": value] } else { value.fields }
            guard let written else {
                reader.refuse(
                    place, found: value.found,
                    expected: "an object: { command: [\"bin/app\"] }, or the command alone")
                continue
            }
            processes.append(reader.nested(place, isItem: true, fields: written) { Self(name, reading: &$0) })
        }
        return processes
    }

    /// The rule that a kind's name breaks; nil for a good name.
    private static func mistake(inName name: String) -> String? {
        if name == web { return "another: \"web\" is the release's own command" }
        let isWell =
            (1...32).contains(name.utf8.count) && name.utf8.first.map { (0x61...0x7A).contains($0) } == true
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        return isWell ? nil : "lower-case letters, digits and \"-\", a letter first, at most 32"
    }

    private init(_ name: String, reading reader: inout ObjectReader) {
        let written = reader.choice("inherit", of: SocketProtocol.self)
        self.name = name
        inherit = written ?? .listenFds
        socket = reader.choice("socket", of: SocketRule.self) ?? (written == nil ? .nowhere : .listen)
        command = reader.command("command")
        workers = .read("workers", from: &reader, absent: .fixed(1))
        if written != nil, socket != .listen {
            reader.refuse(
                "inherit", found: "it together with socket: \(JSONValue.quoted(socket.rawValue))",
                expected: "one of them: only socket: \"listen\" can be inherited")
        }
        if workers != .fixed(1), socket == .path || socket == .port {
            reader.refuse(
                "workers", found: "more than one with socket: \(JSONValue.quoted(socket.rawValue))",
                expected: "1: a program that creates its own socket cannot share it",
                advice: "with socket: \"listen\" several share one")
        }
        overlap = reader.choice("overlap", of: OverlapRule.self) ?? .allowed
        if overlap == .forbidden, socket != .nowhere {
            reader.refuse(
                "overlap", found: "\"none\" together with socket: \(JSONValue.quoted(socket.rawValue))",
                expected: "one of them: whoever connects to it would find nobody until the commit")
        }
        let signal = inherit.drainSignal
        environment = reader.variables("environment")
        readiness = reader.choice("readiness", of: ReadinessRule.self) ?? .auto
        let limit = reader.timeout("timeout")
        timeout = limit ?? Defaults.runTimeout
        let mostForRun = reader.has("schedule") ? timeout : nil
        drain = reader.object("drain") {
            Manifest.Drain(reading: &$0, defaultSignal: signal, requests: mostForRun ?? Defaults.drainRequests)
        }
        watchdog = reader.timeout("watchdog")
        schedule = Self.schedule(from: &reader)
        if limit != nil, !reader.has("schedule") {
            reader.refuse(
                "timeout", found: "it without `schedule`", expected: "both: what always runs has no time limit")
        }
    }

    /// Keys that say something of processes that always run.
    private static let keysOfOthers = ["workers", "socket", "inherit", "overlap", "readiness", "watchdog"]

    private static func schedule(from reader: inout ObjectReader) -> Schedule? {
        guard let text = reader.text("schedule", expected: "five fields such as \"30 2 * * *\"") else { return nil }
        for key in keysOfOthers where reader.has(key) {
            reader.refuse(
                key, found: "it together with `schedule`",
                expected: "one of them: a run is one process, which nobody connects to")
        }
        do throws(ScheduleMistake) { return try Schedule(parsing: text) } catch {
            reader.refuse("schedule", found: error.found, expected: error.expected)
            return nil
        }
    }

    /// What the master must know of it, if it has a schedule.
    package var job: JobPlan? {
        schedule.map { JobPlan(name: name, schedule: $0.text, limit: timeout, drain: drain.requests) }
    }
}
