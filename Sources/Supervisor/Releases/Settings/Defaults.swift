package import Linux

/// The values where neither deployd.json nor release.json sets one. Units are in the types and names.
package enum Defaults {
    /// The address of a configuration without listeners.
    package static let listen = "127.0.0.1:8080"
    /// Connections that the kernel keeps for a lane until a worker accepts them. The kernel's own limit cuts it.
    package static let backlog = 4096
    /// The directory of releases.
    package static let releases = "releases"
    /// The release of the first start.
    package static let release = "releases/v1"
    /// The state directory, where systemd gives none.
    package static let state = ".deployd"
    /// The directory inside the release in which the command runs.
    package static let directory = "."
    /// The name of the configuration file.
    package static let configurationFile = "deployd.json"
    /// The configuration file of an installed deployd.
    package static let systemConfigurationFile = "/etc/deployd/deployd.json"
    /// The state directory that goes with `systemConfigurationFile`.
    package static let systemState = "/var/lib/deployd"
    /// The directory of sockets that goes with `systemConfigurationFile`.
    package static let systemRuntime = "/run/deployd"
    /// The name of the manifest in a release.
    package static let manifestFile = "release.json"
    /// The search path for commands if the environment has no PATH.
    package static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Directories of system programs that are not on an ordinary user's PATH: php-fpm on Debian. Searched last.
    package static let systemPrograms = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

    /// A PATH with the directories of `systemPrograms` that it has not.
    package static func completed(searchPath: String) -> String {
        let directories = searchPath.split(separator: ":").map(String.init)
        let missing = systemPrograms.filter { !directories.contains($0) }
        return ((searchPath.isEmpty ? [] : [searchPath]) + missing).joined(separator: ":")
    }

    /// From the start of the workers until all of them are ready and enough probes in a row have succeeded.
    package static let readyTimeout = Duration.seconds(60)
    /// From asking a worker to exit at once until it is killed.
    package static let killGrace = Duration.seconds(2)
    /// Generations that may drain at a time; one more ends the oldest.
    package static let maxDraining = 8
    /// Deploys that may wait their turn.
    package static let maxQueued = 16
    /// The pause before the first respawn of a worker; it doubles from one to the next.
    package static let respawnFirstDelay = Duration.milliseconds(100)
    /// The longest pause before a respawn.
    package static let respawnLongestDelay = Duration.seconds(30)
    /// So long without an exit, and the next respawn waits `respawnFirstDelay` again.
    package static let respawnHealthyAfter = Duration.seconds(60)
    /// So many exits within `crashLoopWindow` are a crash loop.
    package static let crashLoopExits = 5
    /// The time within which `crashLoopExits` exits are a crash loop.
    package static let crashLoopWindow = Duration.seconds(60)
    /// Bytes of output kept of a generation, in each of two files.
    package static let logLimitBytes = 8 << 20

    /// The path that a probe requests.
    package static let healthPath = "/"
    /// The time limit of a probe's answer.
    package static let healthTimeout = Duration.seconds(2)
    /// The pause after a failed probe. Probes that succeed follow each other at once.
    package static let healthInterval = Duration.milliseconds(100)
    /// Probes that must succeed in a row.
    package static let healthCount = 3
    /// The answers that count as success where the manifest names a path.
    package static let healthStatus = StatusSet([200...399])
    /// The answers that count as success where the manifest names no path: the root need not exist to prove life.
    package static let healthStatusWithoutPath = StatusSet([100...499])
    /// The time limit of requests in flight once a generation drains.
    package static let drainRequests = Duration.seconds(30)
    /// The time limit of upgraded connections (WebSocket) once a generation drains.
    package static let drainUpgrades = Duration.seconds(300)
    /// The signal that tells a worker to drain.
    package static let drainSignal = Signal.term
    /// The time limit of a `before` hook, which may be a migration.
    package static let beforeHookTimeout = Duration.seconds(600)
    /// The time limit of any other hook.
    package static let hookTimeout = Duration.seconds(60)
    /// The time limit of a run of what has a schedule.
    package static let runTimeout = Duration.seconds(3600)
    /// The longest time that a stop waits for such a run.
    package static let stopForRuns = Duration.seconds(30)
    /// The time limit of a release's own test.
    package static let testTimeout = Duration.seconds(30)
    /// The share of new connections of a canary that nobody set, in percent.
    package static let canaryPercent = 10
    /// The time that the old generation stays warm after the cut-over.
    package static let watch = Duration.seconds(5)
    /// After so many seconds clients are to ask again while the site is under maintenance.
    package static let retryAfter = 120
}
