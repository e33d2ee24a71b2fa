internal import DeployCore
internal import Linux

// What a pool says of its listener's lanes: to those who watch them, and to the kernel.
extension LanePool {
    /// Whether no generation has a lane. (Maintenance alone is nobody to serve for.)
    var isUnused: Bool {
        !holders.values.contains { holder in
            switch holder {
            case .generation(.maintenance): false
            case .generation, .opening: true
            case .nobody, .fresh, .retired, .manager, .stranger: false
            }
        }
    }

    /// What a lane is to those who watch it; nil: it is none of ours.
    func state(of number: LaneNumber) -> LaneState? {
        switch holders[number] {
        case .generation(let generation), .opening(let generation): .generation(generation)
        case .fresh, .manager: .fresh
        case .retired, .nobody: .retired
        case .stranger, nil: nil
        }
    }

    /// The lanes to which a target sends users.
    func lanes(of target: SteeringTarget) -> [LaneNumber] { target.shares.compactMap { lane(of: $0.generation) } }

    /// The lanes of generations to which a target sends nobody.
    func lanes(besides target: SteeringTarget) -> [LaneNumber] {
        holders.compactMap { number, holder in
            if case .generation(let generation) = holder, generation != .maintenance,
                !target.generations.contains(generation)
            {
                number
            } else {
                nil
            }
        }
    }

    /// What the kernel should go by for a target. Before there is one, users wait in a lane that no worker has, since nobody
    /// is proven yet: in `door`, if there is one.
    func program(
        for target: SteeringTarget?, door: LaneNumber?, rules: [SteeringProgram.Rule]
    ) -> SteeringProgram {
        guard let target, let parts = indices(for: target), let first = parts.first else {
            let waiting = door.flatMap(index(of:)) ?? waitingRoom.flatMap(index(of:))
            return SteeringProgram(base: .constant(index: waiting ?? 0), rules: rules)
        }
        guard parts.count == 2 else { return SteeringProgram(base: .constant(index: first.index), rules: rules) }
        return SteeringProgram(
            base: .weighted(index: first.index, share: first.weight, others: parts[1].index), rules: rules)
    }
}
