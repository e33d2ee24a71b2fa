internal import DeployCore
internal import Linux

/// Connections that have a way of their own to a generation, whatever the target is: the probes.
struct Guests {
    private var ways: [(source: SocketAddress, generation: GenerationNumber)] = []

    var isEmpty: Bool { ways.isEmpty }
    /// The generations that they are for.
    var generations: Set<GenerationNumber> { Set(ways.map(\.generation)) }

    mutating func admit(_ source: SocketAddress, to generation: GenerationNumber) { ways.append((source, generation)) }

    mutating func dismiss(_ source: SocketAddress) { ways.removeAll { $0.source == source } }

    mutating func dismissAll(of generation: GenerationNumber) { ways.removeAll { $0.generation == generation } }

    func contains(_ source: SocketAddress) -> Bool { ways.contains { $0.source.unmapped == source.unmapped } }

    /// What the kernel goes by: each guest's lane, and that of what fills a queue.
    func rules(
        _ pool: LanePool, to destination: SocketAddress, beside filler: Filler?
    ) -> [SteeringProgram.Rule] {
        var lanes = ways.map { (source: $0.source, lane: pool.lane(of: $0.generation)) }
        if let filler { lanes.append((filler.source, filler.lane)) }
        return lanes.compactMap { source, lane in
            lane.flatMap(pool.index(of:)).map {
                SteeringProgram.Rule(source: source, destination: destination, index: $0)
            }
        }
    }
}
