internal import Handoff

/// Builds the environment of a worker from all its sources.
package enum EnvironmentLayers {
    /// Variables that the shell that started the master left.
    private static let ofShell: Set<String> = ["OLDPWD", "PWD", "SHLVL", "_"]
    /// Variables of another user: his shell, his mail, and the directories of his session.
    private static let ofUser: Set<String> = [
        "SHELL", "MAIL", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]

    /// The variables of a worker. Later ones win: what the master inherited, the account, the server's values, the
    /// server's files, the release's values, the release's files.
    ///
    /// - Parameters:
    ///   - inherited: the master's environment; what is the master's own business is left out.
    ///   - account: name and home directory of the workers' user, when it is not the master's.
    ///   - virtualEnvironment: the directory of the release's virtual environment of Python, if it has one. It is active
    ///     unless the release itself, whose layers the last `ownLayers` are, says otherwise.
    package static func merge(
        inherited: [String: String], account: (name: String, home: String)?, virtualEnvironment: String? = nil,
        layers: [[String: String]], ownLayers: Int = 0
    ) -> [String: String] {
        var merged = inherited.filter { WorkerEnvironment.isForWorkers($0.key) && !ofShell.contains($0.key) }
        merged["PATH"] = Defaults.completed(searchPath: merged["PATH"] ?? Defaults.searchPath)
        // Output goes to a file, and Python would keep it until some kilobytes have come together, or the process ends.
        if merged["PYTHONUNBUFFERED"] == nil { merged["PYTHONUNBUFFERED"] = "1" }
        if let account {
            for name in ofUser { merged[name] = nil }
            merged["USER"] = account.name
            merged["LOGNAME"] = account.name
            merged["HOME"] = account.home
        }
        for layer in layers.dropLast(ownLayers) { merged.merge(layer) { $1 } }
        if let virtualEnvironment {
            merged["VIRTUAL_ENV"] = virtualEnvironment
            merged["PATH"] = "\(virtualEnvironment)/bin:\(merged["PATH"] ?? Defaults.searchPath)"
            merged["PYTHONHOME"] = nil
        }
        for layer in layers.suffix(ownLayers) { merged.merge(layer) { $1 } }
        return merged
    }
}
