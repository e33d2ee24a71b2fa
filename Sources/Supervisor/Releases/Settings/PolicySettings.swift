/// The master's patience: every timeout and limit of `deployd.json` that is the server's and not the release's.
package struct PolicySettings: Hashable, Sendable {
    /// From the start of the workers until all of them are ready and enough probes in a row have succeeded. A manifest may
    /// say otherwise.
    package var readyTimeout = Defaults.readyTimeout
    /// From asking a worker to exit at once until it is killed.
    package var killGrace = Defaults.killGrace
    /// From `stop` until workers that still have something to finish are asked to exit at once; nil: their drain's time.
    package var stopTimeout: Duration?
    /// Generations that may drain at a time; one more ends the oldest.
    package var maxDraining = Defaults.maxDraining
    /// Deploys that may wait their turn.
    package var maxQueued = Defaults.maxQueued
    /// The rules for replacing a worker that exits.
    package var respawn = Respawn()
    /// Bytes of output kept of a generation, in each of two files.
    package var logLimitBytes = Defaults.logLimitBytes

    /// The rules for replacing a worker that exits.
    package struct Respawn: Hashable, Sendable {
        /// The pause before the first respawn; it doubles from one to the next.
        package var firstDelay = Defaults.respawnFirstDelay
        /// The longest pause between two respawns.
        package var longestDelay = Defaults.respawnLongestDelay
        /// So long without an exit, and the next respawn waits `firstDelay` again.
        package var healthyAfter = Defaults.respawnHealthyAfter
        /// So many exits within `crashLoopWindow` are a crash loop.
        package var crashLoopExits = Defaults.crashLoopExits
        /// The time within which `crashLoopExits` exits are a crash loop.
        package var crashLoopWindow = Defaults.crashLoopWindow

        /// Rules with their defaults.
        package init() {}
    }

    /// Policies with their defaults.
    package init() {}
}

extension PolicySettings {
    init(reading reader: inout ObjectReader) {
        reader.set(&readyTimeout, "readyTimeout")
        reader.set(&killGrace, "killGrace", atLeast: .zero)
        stopTimeout = reader.duration("stopTimeout")
        maxDraining = reader.integer("maxDraining", in: 1...64) ?? maxDraining
        maxQueued = reader.integer("maxQueued", in: 0...1000) ?? maxQueued
        respawn = reader.object("respawn") { Respawn(reading: &$0) }
        logLimitBytes = reader.object("logs") { $0.size("limit", atLeast: 64 << 10) } ?? logLimitBytes
    }
}

extension PolicySettings.Respawn {
    fileprivate init(reading reader: inout ObjectReader) {
        reader.set(&firstDelay, "firstDelay")
        reader.set(&longestDelay, "longestDelay", atLeast: firstDelay)
        reader.set(&healthyAfter, "healthyAfter", atLeast: .zero)
        crashLoopExits = reader.integer("crashLoopExits", in: 2...1000) ?? crashLoopExits
        reader.set(&crashLoopWindow, "crashLoopWindow")
    }
}
