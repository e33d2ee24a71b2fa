/// What a client of the control socket can ask for, by its name on the wire.
package enum ControlVerb: String, Codable, CaseIterable, Sendable {
    case deploy, rollback, restart, promote, abort, scale, stop, upgrade, reload, status, version, cancel
}
