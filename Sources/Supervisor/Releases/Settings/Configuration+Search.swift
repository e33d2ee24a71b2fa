internal import Linux

extension Configuration {
    /// The file that holds: the one that was named, DEPLOYD_CONFIG's, `deployd.json` here, the installed one; nil when
    /// there is none, and the defaults hold.
    ///
    /// A file that was named need not exist: reading it then tells so.
    ///
    /// - Parameter named: what `--config` said; relative paths start at the working directory.
    package static func find(named: String?, surroundings: Surroundings) -> String? {
        let environment = surroundings.environment["DEPLOYD_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if let named = named ?? environment { return Paths.join(surroundings.workingDirectory, named) }
        let here = Paths.join(surroundings.workingDirectory, Defaults.configurationFile)
        return [here, Defaults.systemConfigurationFile].first { Files.kind($0) != nil }
    }

    /// Finds and reads the configuration.
    ///
    /// - Throws: everything that is wrong with it.
    package static func load(named: String?, surroundings: Surroundings) throws(ProblemsFound) -> Configuration {
        try examine(named: named, surroundings: surroundings).get()
    }

    /// Finds and reads the configuration; what cannot be read has its default, and a problem.
    package static func examine(named: String?, surroundings: Surroundings) -> Reading<Configuration> {
        guard let file = find(named: named, surroundings: surroundings) else {
            return Reading(value: defaults(surroundings), problems: [], knownKeys: [])
        }
        do {
            let bytes = try Files.read(file, limit: JSONDocument.maxBytes)
            return read(bytes, file: file, surroundings: surroundings)
        } catch {
            let shown = Paths.shortened(file, from: surroundings.workingDirectory)
            let problem = Problem(file: shown, unreadable: error, expected: "a configuration in JSON5")
            return Reading(value: defaults(surroundings), problems: [problem], knownKeys: [])
        }
    }

    /// Whether the listener takes IPv6 alone: `[::]` takes IPv4 too, unless another listener has that port for IPv4.
    package func isV6Only(_ listener: ListenerSetting) -> Bool {
        guard case .v6(_, let port, _) = listener.address else { return false }
        return listeners.contains { other in
            if case .v4(_, port) = other.address { true } else { false }
        }
    }
}
