internal import DeployCore
internal import Linux

extension GenerationNumber {
    /// Stands for the pages of maintenance where a generation has a lane, a hand-over socket or a line: real ones begin at 1.
    static let maintenance = GenerationNumber(rawValue: 0)
}

/// Users are kept out of a listener: all but those from some networks are answered by somebody else than who serves.
struct Closure: Equatable {
    /// The most networks that are let in: each is a few instructions for every new connection.
    static let mostNetworks = 64

    /// Connections from here go where they would otherwise.
    let allowed: [IPNetwork]

    /// Whether a connection from there is for the pages of maintenance; nil: nobody knows from where, and it is.
    func keepsOut(_ source: SocketAddress?) -> Bool {
        guard let source else { return true }
        return !allowed.contains { $0.contains(source) }
    }
}

extension SteeringProgram {
    /// The same with everybody sent to the lane of maintenance, but those whom a rule names or the closure lets in. While that lane does
    /// not listen they wait in one that no worker has, and the master passes them on.
    func closed(by closure: Closure?, _ pool: LanePool) -> SteeringProgram {
        guard let closure else { return self }
        let lane = pool.lane(of: .maintenance).flatMap(pool.index(of:)) ?? pool.waitingRoom.flatMap(pool.index(of:))
        guard let index = lane else { return self }
        return SteeringProgram(
            base: .constant(index: index), rules: rules,
            exemption: closure.allowed.isEmpty ? nil : Exemption(closure.allowed, base: base))
    }
}
