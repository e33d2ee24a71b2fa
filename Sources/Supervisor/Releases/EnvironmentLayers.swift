internal import Handoff

/// What a worker finds in its environment, put together from all who have a say.
package enum EnvironmentLayers {
    /// What the shell that started the master left of itself.
    private static let ofShell: Set<String> = ["OLDPWD", "PWD", "SHLVL", "_"]

    /// The variables of a worker. Later ones win: what the master inherited, the account, the server's values, the
    /// server's files, the release's values, the release's files.
    ///
    /// - Parameters:
    ///   - inherited: the master's environment; what is the master's own business is left out.
    ///   - account: name and home directory of the workers' user, when it is not the master's.
    package static func merge(
        inherited: [String: String], account: (name: String, home: String)?, layers: [[String: String]]
    ) -> [String: String] {
        var merged = inherited.filter { WorkerEnvironment.isForWorkers($0.key) && !ofShell.contains($0.key) }
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
