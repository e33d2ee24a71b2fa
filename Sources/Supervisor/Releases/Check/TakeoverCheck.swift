internal import Linux

/// Checks that a master could go on with what one before it left: with its listeners, by this configuration.
package enum TakeoverCheck {
    /// What stands in the way of a start; empty as well where nothing is left.
    package static func problems(_ configuration: Configuration, _ surroundings: Surroundings) -> [Problem] {
        let directory = StateDirectory(configuration)
        // (What this user may not read is not lost.)
        guard Files.kind(directory.stateFile) == nil || Files.isReadable(directory.stateFile) else { return [] }
        let saved: SavedState?
        do { saved = try directory.readState() } catch {
            let holders = LaneHolders(of: configuration)
            return error.problems.map { $0.advising(on: holders, directory.stateFile) }
        }
        guard let saved else {
            return lostState(directory, LaneHolders(of: configuration)).map { [$0] } ?? []
        }
        guard saved.isOfThisBoot, !PreviousMaster(saved).survivors.isEmpty else { return [] }
        return [StateCheck.missingFile(configuration)].compactMap(\.self)
            + problems(configuration, file: configuration.shownFile(surroundings), saved)
    }

    /// The addresses at which workers serve, and a start would go on, though the configuration has others by now: a line each.
    package static func warnings(_ configuration: Configuration) -> [String] {
        guard let saved = try? StateDirectory(configuration).readState(), saved.isOfThisBoot,
            !PreviousMaster(saved).survivors.isEmpty
        else { return [] }
        let former = saved.listeners.filter { left in !configuration.listeners.contains(where: left.isMeant(by:)) }
        return former.map {
            "\($0.address) is not in `listen` any more, and workers serve there: a start goes on with it until the next restart; "
                + "nobody accepts at an address that is new before that"
        }
    }

    /// That workers serve whose state is gone: nobody can go on with them, and their addresses are not free. Nil: none do.
    static func lostState(_ directory: StateDirectory, _ holders: LaneHolders) -> Problem? {
        guard !holders.workers.isEmpty else { return nil }
        return Problem(
            file: directory.stateFile, found: Files.kind(directory.stateFile) == nil ? "no file" : "an empty file",
            expected: "the state of the workers that serve (\(holders.workers.names))",
            advice: "put it back from a backup, and `deployd start` takes them over; or `deployd stop` ends them, and "
                + "`deployd start` then uses the history")
    }

    /// The same for a state whose master's sockets are there.
    ///
    /// - Parameters:
    ///   - file: the configuration's name in problems.
    ///   - handedIn: addresses at which the service manager listens.
    static func problems(
        _ configuration: Configuration, file: String, _ saved: SavedState, handedIn: [SocketAddress] = []
    ) -> [Problem] {
        guard saved.addresses != nil else { return [] }
        let left = saved.listeners
        let renamed = configuration.listeners.enumerated().compactMap { index, setting in
            former(setting, left).map { problem(setting, called: $0, file: file, index) }
        }
        let known = configuration.listeners.filter { setting in left.contains { $0.isMeant(by: setting) } }
        return renamed
            + AddressCheck.problems(
                configuration, file: file, held: left.map(\.address) + handedIn, skipping: Set(known))
    }

    /// The name under which workers have an address that is called otherwise by now.
    private static func former(_ setting: ListenerSetting, _ left: [SavedListener]) -> String? {
        guard setting.address.port != 0, !left.contains(where: { $0.isMeant(by: setting) }) else { return nil }
        return left.first { $0.address == setting.address }?.name
    }

    private static func problem(_ setting: ListenerSetting, called name: String, file: String, _ index: Int) -> Problem
    {
        Problem(
            file: file, keyPath: "listen[\(index)]",
            found:
                "the name \(JSONValue.quoted(setting.name)) for \(setting.address), which the workers that serve there "
                + "know as \(JSONValue.quoted(name))", expected: "the name that they know",
            advice:
                "{ address: \(JSONValue.quoted("\(setting.address)")), name: \(JSONValue.quoted(name)) }; for another "
                + "name, `deployd stop` and `deployd start`")
    }
}
