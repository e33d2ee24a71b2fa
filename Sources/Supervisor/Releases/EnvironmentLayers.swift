/// What a worker finds in its environment, put together from all who have a say.
package enum EnvironmentLayers {
    /// Variables that mean the master itself, not its workers.
    ///
    /// Source: sd_notify(3), sd_listen_fds(3), systemd.exec(5).
    static let ownOfMaster: Set<String> = [
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "FDSTORE",
        "MAINPID", "MANAGERPID", "SYSTEMD_EXEC_PID", "JOURNAL_STREAM", "STATE_DIRECTORY", "RUNTIME_DIRECTORY",
        "LOGS_DIRECTORY", "CACHE_DIRECTORY", "CONFIGURATION_DIRECTORY", "OLDPWD", "PWD", "SHLVL", "_",
    ]

    /// The variables of a worker. Later ones win: what the master inherited, the account, the server's values, the
    /// server's files, the release's values, the release's files.
    ///
    /// - Parameters:
    ///   - inherited: the master's environment; what is the master's own business is left out.
    ///   - account: name and home directory of the workers' user, when it is not the master's.
    package static func merge(
        inherited: [String: String], account: (name: String, home: String)?, layers: [[String: String]]
    ) -> [String: String] {
        var merged = inherited.filter { !ownOfMaster.contains($0.key) && !$0.key.hasPrefix("DEPLOYD_") }
        if merged["PATH"] == nil { merged["PATH"] = Defaults.searchPath }
        if let account {
            merged["USER"] = account.name
            merged["LOGNAME"] = account.name
            merged["HOME"] = account.home
            merged["SHELL"] = nil
            merged["MAIL"] = nil
        }
        for layer in layers { merged.merge(layer) { $1 } }
        return merged
    }
}
