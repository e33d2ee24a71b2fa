internal import Linux

/// An address on which users connect, with its lanes: the effects `openLanes`, `steer` and `releaseLanes`, for one
/// listener.
protocol Listener: AnyObject {
    var setting: ListenerSetting { get }
    var steering: ListenerReport.Steering { get }
    /// Lanes that exist, free ones included.
    var laneCount: Int { get }

    /// Gives the generation a lane that listens.
    func open(for generation: GenerationNumber) throws(SystemError)
    /// Takes the generation's lane back.
    func release(_ generation: GenerationNumber)
    /// The generation's lane.
    func lane(of generation: GenerationNumber) -> Lane?
    /// Sends new connections where the target says.
    func steer(to target: SteeringTarget) throws(SystemError)
    /// From now on, the connection from `source` enters the generation's lane.
    func admit(_ source: SocketAddress, to generation: GenerationNumber) throws(SystemError)
    /// Forgets the connection from `source`.
    func dismiss(_ source: SocketAddress)
    /// Puts right what a worker did to a lane: a socket that was shut down listens again.
    func repair()
    /// Takes the address out of the file system, where it is there.
    func close()
}

extension Listener {
    /// Where a probe of the generation connects to.
    func probeTarget(of generation: GenerationNumber) -> SocketAddress? { lane(of: generation)?.address }
}

/// Opens the right kind of listener for an address.
func makeListener(_ setting: ListenerSetting, isV6Only: Bool) throws(SystemError) -> any Listener {
    switch setting.address {
    case .v4, .v6: try SteeredListener(setting, isV6Only: isV6Only)
    case .unix: try RenamedListener(setting)
    case .abstract, .unnamed: try SharedListener(setting)
    }
}
