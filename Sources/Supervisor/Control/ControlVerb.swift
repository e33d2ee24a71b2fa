/// The commands of the control socket, by their names on the wire.
package enum ControlVerb: String, Codable, CaseIterable, Sendable {
    case deploy, rollback, restart, promote, abort, scale, stop, upgrade, reload, maintenance, status, version, cancel
}

extension ControlVerb {
    /// The action on a release, in words: "deploy of v2", "rollback to v1".
    package func words(_ release: String) -> String {
        switch self {
        case .rollback: "rollback to \(release)"
        // It is not about the release, which is started anew for its sake.
        case .reload: rawValue
        case .deploy, .restart, .promote, .abort, .scale, .stop, .upgrade, .maintenance, .status, .version, .cancel:
            "\(rawValue) of \(release)"
        }
    }
}
