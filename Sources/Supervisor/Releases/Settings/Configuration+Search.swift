internal import Linux

extension Configuration {
    /// The file that holds: the one that was named, DEPLOYD_CONFIG's, `deployd.json` here, the installed one; nil when
    /// there is none, and the defaults hold. They hold here, too, for who has run a master by them, whatever is installed.
    ///
    /// A file that was named need not exist: reading it then tells so.
    ///
    /// - Parameters:
    ///   - named: what `--config` said; relative paths start at the working directory.
    ///   - installed: the file of an installed deployd.
    package static func find(
        named: String?, surroundings: Surroundings, installed: String = Defaults.systemConfigurationFile
    ) -> String? {
        if let named = named ?? namedByEnvironment(surroundings) {
            return Paths.join(surroundings.workingDirectory, named)
        }
        let here = Paths.join(surroundings.workingDirectory, Defaults.configurationFile)
        if Files.kind(here) != nil { return here }
        let state = Paths.join(surroundings.workingDirectory, Defaults.state)
        // (Where this user may not look at all, such as in root's home directory, nothing tells of a master.)
        let isMasters = Files.kind(state) != nil && InstalledState.isUsed(state)
        return isMasters || Files.kind(installed) == nil ? nil : installed
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
            let short = Paths.shortened(file, from: surroundings.workingDirectory)
            // What it would be called is the directory in which the user is.
            let shown = short == "." ? named ?? file : short
            let problem = Problem(
                file: shown, unreadable: error, expected: "a configuration in JSON5",
                advice: named == nil && namedByEnvironment(surroundings) != nil ? "DEPLOYD_CONFIG names it" : "")
            return Reading(
                value: illegible(file, surroundings: surroundings), problems: [problem], knownKeys: [],
                isIllegible: true)
        }
    }

    /// The file that DEPLOYD_CONFIG names.
    private static func namedByEnvironment(_ surroundings: Surroundings) -> String? {
        surroundings.environment["DEPLOYD_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Why it is not known which master is meant; empty: it is.
    ///
    /// A file that somebody named says where the state is; when it cannot be read, or not this key of it, the place is
    /// somebody else's. Without a name a mistake in the file must not keep anybody from the master of this directory,
    /// but for a file that this user may not read.
    package static func obstacles(named: String?, surroundings: Surroundings) -> [Problem] {
        let reading = examine(named: named, surroundings: surroundings)
        let isNamed = named != nil || namedByEnvironment(surroundings) != nil
        let isClosed = reading.value.file.map { Files.kind($0) != nil && !Files.isReadable($0) } ?? false
        if reading.isIllegible, isNamed || isClosed { return reading.problems }
        guard isNamed else { return [] }
        let aboutState = reading.problems.filter { $0.keyPath == "state" || $0.expected == "\"state\"" }
        return aboutState
    }

    /// The places where no configuration was found; nil if there is one.
    package func absence(_ surroundings: Surroundings) -> String? {
        guard file == nil else { return nil }
        if Files.kind(Defaults.systemConfigurationFile) != nil {
            return "\(Self.nowhere(surroundings)), but the state of a master, \(Defaults.state), so the defaults "
                + "apply; if \(Defaults.systemConfigurationFile) is meant, name it with --config"
        }
        return Self.nowhere(surroundings) + ": go to the site's directory, or name the file with --config"
    }

    /// That the defaults hold, for whoever wonders at them; nil: there is a configuration. It is no mistake to have none.
    package func defaultsNote(_ surroundings: Surroundings) -> String? {
        file == nil ? "the defaults apply: \(Self.nowhere(surroundings))" : nil
    }

    /// That the installed configuration applies because there is none here, for who may mean another site; nil: there is, or
    /// somebody has named one. It is no mistake either.
    ///
    /// - Parameter installed: see ``find(named:surroundings:installed:)``.
    package static func installedNote(
        named: String?, surroundings: Surroundings, installed: String = Defaults.systemConfigurationFile
    ) -> String? {
        let here = surroundings.workingDirectory
        guard named == nil, namedByEnvironment(surroundings) == nil, here != Paths.parent(installed),
            find(named: nil, surroundings: surroundings, installed: installed) == installed
        else { return nil }
        return "\(installed) applies: there is no \(Defaults.configurationFile) in \(here) (one with {} in it makes a "
            + "site of its own of this directory)"
    }

    private static func nowhere(_ surroundings: Surroundings) -> String {
        let system = Defaults.systemConfigurationFile
        return "there is no \(Defaults.configurationFile) in \(surroundings.workingDirectory)"
            + (Files.kind(system) == nil ? ", and no \(system)" : "")
    }

    /// True for a listener that takes IPv6 alone: `[::]` takes IPv4 too, unless another listener has that port for
    /// IPv4.
    package func isV6Only(_ listener: ListenerSetting) -> Bool {
        guard case .v6(_, let port, _) = listener.address else { return false }
        return listeners.contains { other in
            if case .v4(_, port) = other.address { true } else { false }
        }
    }
}
