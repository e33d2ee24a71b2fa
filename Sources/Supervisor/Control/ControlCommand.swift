package import DeployCore

/// A request of a client, checked: what the master is asked to do.
package enum ControlCommand: Equatable, Sendable {
    case deploy(release: ReleaseReference, DeployTerms)
    /// To the release given, or to the last good one before the present; `force`: also where the release forbids it.
    case rollback(to: ReleaseReference?, DeployTerms, force: Bool = false)
    /// A new generation of the release that serves now.
    case restart(DeployTerms)
    /// Ends a canary by the full cut-over.
    case promote
    /// Ends a canary by going back.
    case abort
    /// To `count` workers, at least one.
    case scale(count: Int)
    case stop(now: Bool)
    /// To the program at this absolute path, or to what lies where the master was started from.
    case upgrade(to: String?, DeployTerms)
    /// By what the configuration says now.
    case reload
    /// On, with these terms, or off.
    case maintenance(MaintenanceTerms?)
    case status
    case version
    /// As a later line of a connection: cancels the deploy that this connection asked for, also out of the queue.
    /// As the first line: cancels the deploy that is under way.
    case cancel
}

extension ControlCommand {
    /// The command is only begun for a client that is there to hear the result.
    var needsClient: Bool {
        switch self {
        case .deploy, .rollback, .restart, .promote, .abort, .scale, .stop, .upgrade, .reload, .maintenance: true
        case .status, .version, .cancel: false
        }
    }

    /// The verb, for messages.
    var verb: ControlVerb {
        switch self {
        case .deploy: .deploy
        case .rollback: .rollback
        case .restart: .restart
        case .promote: .promote
        case .abort: .abort
        case .scale: .scale
        case .stop: .stop
        case .upgrade: .upgrade
        case .reload: .reload
        case .maintenance: .maintenance
        case .status: .status
        case .version: .version
        case .cancel: .cancel
        }
    }
}

/// A release as a client names it.
package enum ReleaseReference: Equatable, Sendable {
    /// An absolute path; it may be a symbolic link, which the master resolves once.
    case path(String)
    /// A bare name, looked up in the releases directory.
    case name(String)
}

/// The conditions of a deploy besides the release.
package struct DeployTerms: Equatable, Sendable {
    /// Stand in the queue when another deploy is under way.
    package var wait: Bool
    /// Cancel when the cut-over has not come this long after the request; `nil` leaves it to the policies.
    package var timeout: Duration?
    /// Begin with a share of new connections, and hold it; `nil` leaves it to the manifest.
    package var canary: Canary?

    /// What the person says of it, one line; `nil`: nothing.
    package var message: String?

    /// The share of new connections.
    package enum Canary: Equatable, Sendable {
        /// The manifest's steps, or the default share where it has none.
        case own
        /// So many percent of them.
        case percent(Int)
    }

    /// The steps of its canary: the manifest's own, of which `--canary` holds the last.
    package func steps(of own: [CanaryStep]) -> [CanaryStep] {
        switch canary {
        case nil: own
        case .percent(let percent): [CanaryStep(percent: percent, duration: nil)]
        case .own:
            own.dropLast() + [CanaryStep(percent: own.last?.percent ?? Defaults.canaryPercent, duration: nil)]
        }
    }

    package init(wait: Bool = false, timeout: Duration? = nil, canary: Canary? = nil) {
        self.wait = wait
        self.timeout = timeout
        self.canary = canary
    }
}

extension ControlRequest {
    /// The most workers that `scale` accepts: a typing error must not fork the machine to death.
    package static let maxWorkers = 1024
    /// The longest timeout that a request may carry, in milliseconds: a week.
    package static let maxTimeoutMilliseconds = 7 * 24 * 3_600_000

    /// Checks what the verb needs. Throws what is missing or out of range.
    package func command() throws(ControlRefusal) -> ControlCommand {
        switch verb {
        case .deploy:
            guard let release = try reference() else {
                throw ControlRefusal("deploy: no release given; expected \"release\", an absolute path or a name")
            }
            var terms = try terms()
            terms.canary = try canaryTerm()
            return .deploy(release: release, terms)
        case .rollback: return .rollback(to: try reference(), try terms(), force: force ?? false)
        case .restart: return .restart(try terms())
        case .promote: return .promote
        case .abort: return .abort
        case .scale: return .scale(count: try workers())
        case .stop: return .stop(now: now ?? false)
        case .upgrade: return .upgrade(to: try absoluteProgram(), try terms())
        case .reload: return .reload
        case .maintenance: return .maintenance(try maintenanceTerms())
        case .status: return .status
        case .version: return .version
        case .cancel: return .cancel
        }
    }

    private func reference() throws(ControlRefusal) -> ReleaseReference? {
        guard let release else { return nil }
        if release.utf8.contains(0) { throw ControlRefusal("\(verb.rawValue): the release's name holds a zero byte") }
        if release.hasPrefix("/") { return .path(release) }
        guard !release.isEmpty, !release.contains("/"), release != ".", release != ".." else {
            throw ControlRefusal(
                "\(verb.rawValue): found the release \"\(release)\", expected an absolute path or a name without a slash"
            )
        }
        return .name(release)
    }

    private func absoluteProgram() throws(ControlRefusal) -> String? {
        guard let program else { return nil }
        guard program.hasPrefix("/"), !program.utf8.contains(0) else {
            throw ControlRefusal("upgrade: found the program \"\(program)\", expected an absolute path")
        }
        return program
    }

    private func terms() throws(ControlRefusal) -> DeployTerms {
        var terms = DeployTerms(wait: wait ?? false)
        terms.message = try DeployMessage.line(message, of: verb)
        guard let timeoutMilliseconds else { return terms }
        guard (1...Self.maxTimeoutMilliseconds).contains(timeoutMilliseconds) else {
            throw ControlRefusal(
                "\(verb.rawValue): found a timeout of \(timeoutMilliseconds) ms, expected 1 to \(Self.maxTimeoutMilliseconds)"
            )
        }
        terms.timeout = .milliseconds(timeoutMilliseconds)
        return terms
    }

    private func canaryTerm() throws(ControlRefusal) -> DeployTerms.Canary? {
        guard let canaryPercent else { return canary == true ? .own : nil }
        guard (1...99).contains(canaryPercent) else {
            throw ControlRefusal("deploy: found a canary of \(canaryPercent) %, expected 1 to 99")
        }
        return .percent(canaryPercent)
    }

    private func workers() throws(ControlRefusal) -> Int {
        guard let count else { throw ControlRefusal("scale: no number of workers given; expected \"count\"") }
        guard (1...Self.maxWorkers).contains(count) else {
            throw ControlRefusal("scale: found \(count) workers, expected 1 to \(Self.maxWorkers)")
        }
        return count
    }
}
