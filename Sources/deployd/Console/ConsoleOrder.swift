internal import Supervisor
internal import WebWorker

/// Something that the page may have the master do.
enum ConsoleOrder: Equatable, Sendable {
    case deploy(String)
    case rollback, restart, promote, abort

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
        }
    }

    /// It is said to a deploy that is under way.
    var goesBetween: Bool {
        switch self {
        case .promote, .abort, .rollback: true
        case .deploy, .restart: false
        }
    }

    func request(_ installation: Installation) -> ControlRequest {
        switch self {
        case .deploy(let release):
            ControlRequest(.deploy, release: Paths.join(installation.configuration.releasesDirectory, release))
        case .rollback: ControlRequest(.rollback)
        case .restart: ControlRequest(.restart)
        case .promote: ControlRequest(.promote)
        case .abort: ControlRequest(.abort)
        }
    }
}
