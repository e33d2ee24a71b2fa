internal import DeployCore
internal import Handoff
internal import Linux

// Kinds of processes beside the web workers: their sockets, and what they inherit.
extension Master {
    /// Opens what the generation's kinds of processes need, before any of them is started.
    func openProcessSockets(of generation: GenerationNumber) throws(SystemError) {
        guard let release = runnable(generation), var processes = release.processes, !processes.isEmpty else { return }
        let taken = Set(releases.values.flatMap { $0.processes ?? [] }.compactMap(\.port))
        try processSockets.open(
            &processes, for: generation, owner: release.order.account?.uid, taken: taken)
        releases[generation]?.processes = processes
    }

    /// The generation's lanes, in the order of its workers' descriptors.
    func lanes(of generation: GenerationNumber) -> [(listener: any Listener, lane: Lane)] {
        listeners.lanes(of: generation, releases[generation]?.listeners)
    }

    /// What a worker inherits: the lanes of its generation, or the socket of its kind, or nothing. Lent.
    func inheritance(_ slot: Slot, of generation: GenerationNumber) -> [(
        socket: CInt, name: String, address: SocketAddress
    )] {
        guard let process = slot.process else {
            return lanes(of: generation).map {
                $0.lane.isLent = true
                return ($0.lane.socket.number, $0.listener.setting.name, $0.listener.setting.address)
            }
        }
        guard let number = processSockets.number(of: process, in: generation),
            let address = runnable(generation)?.process(process)?.address(in: generation, directory)
        else { return [] }
        return [(number, process, address)]
    }

    /// A socket that neither the keeper nor the bequest had is made anew. Those who hold the old one hear nothing any
    /// more, and are replaced.
    func restoreProcessSockets() {
        for (generation, release) in releases where machine.generation(generation) != nil {
            for process in release.processes ?? [] where process.socket == .listen {
                guard processSockets.number(of: process.name, in: generation) == nil else { continue }
                log("\(name(generation)): the socket of \(process.name) was lost, and is created again", .warning)
                var one = [process]
                do {
                    try processSockets.open(&one, for: generation, owner: release.order.account?.uid, taken: [])
                } catch { log("\(name(generation)): the socket of \(process.name): \(error)", .error) }
                for worker in workers.values
                where worker.generation == generation && worker.slot.process == process.name { kill(worker.number) }
            }
        }
    }
}
