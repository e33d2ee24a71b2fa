/// The names of the variables by which the master tells a worker what it inherited.
///
/// `LISTEN_*` are systemd's (sd_listen_fds(3)), `NOTIFY_SOCKET` and `WATCHDOG_*` are sd_notify(3)'s; the `DEPLOYD_*` are
/// ours, and a worker that does not know them loses nothing.
package enum WorkerEnvironment {
    /// How many sockets there are, from descriptor 3 on.
    package static let listenCount = "LISTEN_FDS"
    /// The process that they are for.
    package static let listenProcess = "LISTEN_PID"
    /// Their listeners' names, joined by colons.
    package static let listenNames = "LISTEN_FDNAMES"
    /// Where READY=1 goes: the path of a datagram socket, or @ and an abstract name.
    package static let notifySocket = "NOTIFY_SOCKET"
    /// The number of the datagram socket on which the master's messages arrive.
    package static let control = "DEPLOYD_CONTROL"
    /// The number of a file of `Scoreboard.byteCount` bytes, to be mapped and counted in.
    package static let scoreboard = "DEPLOYD_SCOREBOARD"
    /// The number of the generation's hand-over socket, on which connections of a draining worker arrive.
    package static let handover = "DEPLOYD_HANDOVER"
    /// The number of a file in memory with the ``TLSKeys``; absent where no listener speaks TLS.
    package static let tls = "DEPLOYD_TLS"
    /// The names of the listeners that speak TLS, as in `LISTEN_FDNAMES`, joined by colons.
    package static let tlsListeners = "DEPLOYD_TLS_LISTENERS"
    /// The directory of the answers to ACME's HTTP-01 challenges, which a web worker serves on listeners without TLS.
    package static let challenges = "DEPLOYD_CHALLENGES"
    /// The absolute path of the release that runs.
    package static let release = "DEPLOYD_RELEASE"
    /// The generation's number.
    package static let generation = "DEPLOYD_GENERATION"
    /// The worker's place among those of its kind in its generation, from 1.
    package static let worker = "DEPLOYD_WORKER"
    /// The kind of process that it is: `web`, or a name of the manifest's `processes`.
    package static let process = "DEPLOYD_PROCESS"
    /// The moment for which a run of what has a schedule is started, as "2026-12-01T02:30:00.000Z"; absent for what always runs.
    package static let due = "DEPLOYD_DUE"
    /// The path of the unix socket that its kind has; absent where it has none.
    package static let socket = "DEPLOYD_SOCKET"
    /// The loopback port on which its kind listens; absent where it does not.
    package static let port = "PORT"

    /// The variable that tells all processes of a generation where a kind is reached: "unix:/run/g7-app.sock",
    /// "127.0.0.1:4000".
    package static func socket(of process: String) -> String {
        let word = process.uppercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
        return "DEPLOYD_SOCKET_\(word)"
    }

    /// How long the worker may be silent, in microseconds; absent without a watchdog.
    package static let watchdog = "WATCHDOG_USEC"
    /// The process that this is meant for.
    package static let watchdogProcess = "WATCHDOG_PID"

    /// What deployd's own web server does, as JSON; only for the web workers of a release with `web`.
    package static let web = "DEPLOYD_WEB"

    // For hooks beside `release` and `generation`.

    /// Which hook it is: `before`, `after`, `failure`.
    package static let hook = "DEPLOYD_HOOK"
    /// What was asked for: `start`, `deploy`, `restart`, `rollback`.
    package static let verb = "DEPLOYD_VERB"
    /// The absolute path of the release that served when the deploy began; absent when none did.
    package static let previousRelease = "DEPLOYD_PREVIOUS_RELEASE"
    /// Its generation.
    package static let previousGeneration = "DEPLOYD_PREVIOUS_GENERATION"
    /// How the deploy ended: `committed`, `failed`, `cancelled`, `rolled back`. Absent before it has.
    package static let outcome = "DEPLOYD_OUTCOME"
    /// Why it ended so, in words.
    package static let reason = "DEPLOYD_REASON"

    /// The first inherited socket: `SD_LISTEN_FDS_START`.
    package static let firstListener: Int32 = 3

    /// Variables that the master sets for every worker: nobody else's value of them means anything.
    package static let setByMaster: Set<String> = [
        listenCount, listenProcess, listenNames, notifySocket, watchdog, watchdogProcess, control, scoreboard, handover,
        tls, tlsListeners, challenges, release, generation, worker, process, due, socket,
    ]

    /// Variables that mean the process that they were given to, not its children.
    ///
    /// Source: sd_listen_fds(3), sd_notify(3), systemd.exec(5); socket protocols of other supervisors and servers.
    private static let ofSupervisors: Set<String> = [
        "LISTEN_PIDFDID", "FDSTORE", "MAINPID", "MANAGERPID", "INVOCATION_ID",
        "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE", "STATE_DIRECTORY",
        "RUNTIME_DIRECTORY", "LOGS_DIRECTORY", "CACHE_DIRECTORY", "CONFIGURATION_DIRECTORY", "NGINX", "GUNICORN_FD",
        "GUNICORN_PID", "UNICORN_FD", "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE",
        "TABLEFLIP_HAS_PARENT_7DIU3",
    ]

    /// What the names of whole families of such variables begin with.
    private static let prefixesOfSupervisors = [
        "DEPLOYD_", "EINHORN_", "SERVER_STARTER_", "FPM_SOCKETS", "PUMA_INHERIT_",
    ]

    /// Whether a variable of the master's own environment may reach a worker: not one that means the master itself.
    package static func isForWorkers(_ name: String) -> Bool {
        !setByMaster.contains(name) && !ofSupervisors.contains(name)
            && !prefixesOfSupervisors.contains { name.hasPrefix($0) }
    }
}
