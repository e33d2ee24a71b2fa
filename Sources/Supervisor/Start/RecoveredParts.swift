internal import DeployCore

/// The parts of a master that go on with what the keeper held, or begin with nothing.
struct RecoveredParts {
    let handovers: HandoverSockets
    let processSockets: ProcessSockets
    let counting: KernelCounts
    /// Certificates and ticket keys.
    let bundle: CertificateBundle?

    /// Takes over what is left of an earlier master, if one goes on.
    init(_ left: LeftSockets, _ previous: PreviousMaster?, _ directory: StateDirectory) {
        handovers = HandoverSockets(directory, keeper: left.keeper)
        handovers.recover(previous == nil ? [:] : left.handovers)
        processSockets = ProcessSockets(directory, keeper: left.keeper)
        processSockets.recover(left.processes, living: previous?.generations ?? [])
        counting = KernelCounts(keeper: left.keeper)
        counting.recover(previous == nil ? [:] : left.counts)
        bundle = previous == nil ? nil : CertificateBundle.recover(left.bundles, left.keeper)
    }
}
