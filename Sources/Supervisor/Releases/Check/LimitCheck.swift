internal import Linux

/// Whether the master can give its workers the limits that they are to have: what it cannot would keep each of them from
/// being launched.
struct LimitCheck {
    let release: ResolvedRelease
    let configuration: Configuration
    let surroundings: Surroundings
    /// The limits that the master can set.
    let master: ProcessLimits
    /// The most open files that the kernel gives to anybody; nil: not known.
    let mostFiles: UInt64?

    /// Limits that the master with this pid cannot give a release's workers; none if it cannot be looked at.
    static func problems(
        _ release: ResolvedRelease, _ configuration: Configuration, _ surroundings: Surroundings, master pid: Int32
    ) -> [Problem] {
        let crowd = crowd(release, configuration, surroundings)
        guard let master = ProcessLimits(of: pid) else { return crowd }
        return crowd
            + LimitCheck(
                release: release, configuration: configuration, surroundings: surroundings, master: master,
                mostFiles: ProcessLimits.mostFiles()
            ).problems
    }

    /// A generation has at most so many processes, whatever their kinds: the master's work grows with them.
    static let mostWorkers = 1024

    private static func crowd(
        _ release: ResolvedRelease, _ configuration: Configuration, _ surroundings: Surroundings
    ) -> [Problem] {
        let kinds = release.manifest.processes.filter { $0.schedule == nil }
        let counts = ([configuration.workers] + kinds.map(\.workers)).map { $0.resolved(cores: surroundings.cores) }
        let count = counts.reduce(0, +)
        guard count > mostWorkers else { return [] }
        return [
            Problem(
                file: manifest(of: release, surroundings), keyPath: "processes", found: "\(count) workers in all",
                expected: "at most \(mostWorkers) in a generation: the web workers and those of all kinds together")
        ]
    }

    private static func manifest(of release: ResolvedRelease, _ surroundings: Surroundings) -> String {
        Paths.join(Paths.shortened(release.path, from: surroundings.workingDirectory), Defaults.manifestFile)
    }

    /// The limits that are too high.
    var problems: [Problem] {
        release.limits.values.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { limit, value in
            if limit == .files, let mostFiles, value > mostFiles {
                return problem(
                    limit, value, most: mostFiles, "which is the most that the kernel allows a process",
                    "fs.nr_open is that limit: sysctl fs.nr_open")
            }
            guard !master.mayRaise, let hard = master.hard[limit], value > hard else { return nil }
            return problem(
                limit, value, most: hard, "the hard limit of the master, which only root may raise",
                "in deployd's unit it is \(Self.directive(limit))=; elsewhere limits.conf(5) has it")
        }
    }

    private func problem(
        _ limit: ResourceLimit, _ value: UInt64, most: UInt64, _ reason: String, _ advice: String
    ) -> Problem {
        let own = Self.manifest(of: release, surroundings)
        let isOwn = release.manifest.limits.values[limit] != nil
        return Problem(
            file: isOwn ? own : configuration.shownFile(surroundings), keyPath: "limits.\(limit.rawValue)",
            found: Self.literal(limit, value), expected: "at most \(Self.literal(limit, most)), \(reason)",
            advice: advice)
    }

    /// A limit in the unit of its resource: "512", "64M", "30s".
    static func text(_ limit: ResourceLimit, _ value: UInt64) -> String {
        guard value != ResourceLimit.unlimited, let number = Int(exactly: value) else { return "unlimited" }
        switch limit {
        case .files, .processes: return "\(number)"
        case .core, .memory, .locked, .fileSize, .stack: return Sizes.text(number)
        case .processorTime: return "\(number)s"
        }
    }

    /// The same as it is written in the files.
    private static func literal(_ limit: ResourceLimit, _ value: UInt64) -> String {
        let written = text(limit, value)
        return Int(written) == nil ? JSONValue.quoted(written) : written
    }

    /// The word of a unit that sets it. Source: systemd.exec(5).
    private static func directive(_ limit: ResourceLimit) -> String {
        switch limit {
        case .files: "LimitNOFILE"
        case .processes: "LimitNPROC"
        case .core: "LimitCORE"
        case .memory: "LimitAS"
        case .locked: "LimitMEMLOCK"
        case .fileSize: "LimitFSIZE"
        case .stack: "LimitSTACK"
        case .processorTime: "LimitCPU"
        }
    }
}
