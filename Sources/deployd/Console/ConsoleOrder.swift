internal import Supervisor
internal import WebWorker

/// Something that the page may have the master do.
enum ConsoleOrder: Equatable, Sendable {
    case deploy(String)
    case rollback, restart, promote, abort
    /// With deployd's own page, and nobody let in.
    case maintenance(isOn: Bool)

    /// The body of a request.
    struct Body: Decodable {
        var release: String?
    }

    /// - Throws: that there is no such order, or that it lacks something.
    init(_ name: String, _ body: Body) throws(ConsoleAccess.Refusal) {
        switch name {
        case "deploy":
            // One of the releases directory: who has the page names no other place.
            guard let release = body.release, !release.isEmpty, !release.contains("/"), !release.hasPrefix(".") else {
                throw ConsoleAccess.Refusal(
                    status: .badRequest, message: "deploy: expected { \"release\": the name of a release }")
            }
            self = .deploy(release)
        case "rollback": self = .rollback
        case "restart": self = .restart
        case "promote": self = .promote
        case "abort": self = .abort
        case "maintenance-on": self = .maintenance(isOn: true)
        case "maintenance-off": self = .maintenance(isOn: false)
        default: throw ConsoleAccess.Refusal(status: .notFound, message: "there is no such order")
        }
    }

    /// As `deployd` words it: "deploy of v2".
    var words: String {
        switch self {
        case .deploy(let release): "deploy of \(release)"
        case .rollback: "rollback"
        case .restart: "restart"
        case .promote: "promote"
        case .abort: "abort"
        case .maintenance(let isOn): "maintenance \(isOn ? "on" : "off")"
        }
    }

    /// It is said to a deploy that is under way.
    var goesBetween: Bool {
        switch self {
        case .promote, .abort, .rollback, .maintenance: true
        case .deploy, .restart: false
        }
    }

    func request(_ installation: Installation) -> ControlRequest {
        switch self {
        case .deploy(let release):
            return ControlRequest(.deploy, release: Paths.join(installation.configuration.releasesDirectory, release))
        case .rollback: return ControlRequest(.rollback)
        case .restart: return ControlRequest(.restart)
        case .promote: return ControlRequest(.promote)
        case .abort: return ControlRequest(.abort)
        case .maintenance(let isOn):
            var request = ControlRequest(.maintenance)
            request.on = isOn
            return request
        }
    }
}
