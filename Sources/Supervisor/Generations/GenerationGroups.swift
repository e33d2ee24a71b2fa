internal import DeployCore
internal import Linux

/// The control groups of the generations: what a generation may use as a whole, and an end from which nobody escapes who
/// was started by one of its workers.
///
/// Where systemd has left the service's group to it (Delegate=yes), each generation has a group. Elsewhere none is made,
/// but for root in a tree of its own (a container), and there only for a generation that has limits.
final class GenerationGroups {
    /// The name of the group in which the master is when the service's own must be empty. Source: the "no internal
    /// processes" rule of cgroups(7).
    private static let masterName = "deployd"

    /// The parent of the groups; nil if none can be made.
    private let base: ControlGroup?
    private let isDelegated: Bool
    /// The beginning of our groups' names: those of another master in the same place differ.
    private let prefix: String
    private var numbers: Set<GenerationNumber> = []

    /// The groups of the master that has this state directory, where this process is allowed to make any.
    convenience init(_ directory: StateDirectory) {
        let place = ServiceGroup.place()
        self.init(directory, base: place?.group, isDelegated: place?.isDelegated ?? false)
    }

    /// Those that the master with this pid may make, to look at; nil: its group cannot be seen from here.
    convenience init?(_ directory: StateDirectory, ofMaster pid: Int32, user: UInt32) {
        guard let group = ControlGroup.of(pid: pid) else { return nil }
        let place = ServiceGroup.place(of: group, user: user)
        self.init(directory, base: place?.group, isDelegated: place?.isDelegated ?? false)
    }

    /// Groups in `base`. Those of an earlier master are found again.
    init(_ directory: StateDirectory, base: ControlGroup?, isDelegated: Bool) {
        self.base = base
        self.isDelegated = isDelegated
        prefix = Self.prefix(of: directory)
        for name in base.flatMap({ try? Files.list($0.path) }) ?? [] where name.hasPrefix(prefix) {
            if let number = Int(name.dropFirst(prefix.count)) { numbers.insert(GenerationNumber(rawValue: number)) }
        }
    }

    /// The beginning of the names of a state directory's groups.
    static func prefix(of directory: StateDirectory) -> String {
        // FNV-1a: short, and another directory has another one.
        let hash = directory.root.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return "deployd-\(String(hash, radix: 16))-"
    }

    /// Why a release's generation could not be held to its limits; nil when it can.
    ///
    /// - Parameter configurationFile: the file in which they stand when they are not the release's own.
    func problem(with release: ResolvedRelease, configurationFile: String) -> Problem? {
        guard let obstacle = obstacle(to: release.limits.generation.launchLimits) else { return nil }
        let isOwn = !release.manifest.limits.generation.isEmpty
        return problem(obstacle, in: isOwn ? Paths.join(release.path, Defaults.manifestFile) : configurationFile)
    }

    /// A problem with limits that stand in `file`.
    func problem(_ obstacle: String, in file: String) -> Problem {
        Problem(
            file: file, keyPath: "limits.generation", found: obstacle,
            expected: base == nil || isDelegated
                ? "a control group that systemd has delegated to deployd (Delegate=yes), with these controllers"
                : "a control group with these controllers",
            advice: advice + "; or remove the limits")
    }

    private var advice: String {
        guard base != nil else { return "run deployd as a service (`deployd unit` prints its unit)" }
        let ofKernel =
            "what /sys/fs/cgroup/cgroup.controllers lacks too is disabled in the kernel (cgroup_disable=, or "
            + "version 1 uses it)"
        return isDelegated
            ? "`Delegate=yes` in the unit, without a list, asks for all of them (in a user's own systemd, in the unit "
                + "user@.service); \(ofKernel)" : ofKernel
    }

    /// Why a generation cannot be held to limits, as a clause; nil when it can.
    func obstacle(to limits: [String: UInt64]?) -> String? {
        let controllers = Self.controllers(limits)
        guard !controllers.isEmpty else { return nil }
        guard let base else { return "the master has no control group (version 2) of its own to divide" }
        let offered = (try? base.words("cgroup.controllers")) ?? []
        let missing = controllers.filter { !offered.contains($0) }
        guard missing.isEmpty else {
            return "\(base.path) has no controller \(missing.joined(separator: ", "))"
                + (offered.isEmpty ? "" : ", but \(offered.joined(separator: ", "))")
        }
        return nil
    }

    /// Makes a generation's group, if it is to have one, and sets its limits; with a group that is there already, for a
    /// master that goes on.
    func prepare(_ generation: GenerationNumber, _ limits: [String: UInt64]?) throws(SystemError) {
        guard let base, isDelegated || limits != nil else { return }
        try enable(Self.controllers(limits), in: base)
        let group = base.child("\(prefix)\(generation)")
        try group.make()
        numbers.insert(generation)
        for (key, value) in (limits ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let limit = GroupLimit(rawValue: key) else { continue }
            try group.write(limit.text(value), to: limit.file)
        }
    }

    /// A generation's group; nil when it has none.
    func group(of generation: GenerationNumber) -> ControlGroup? {
        numbers.contains(generation) ? base?.child("\(prefix)\(generation)") : nil
    }

    /// Ends what is left in the groups of generations that do not live any more, and removes them. One whose processes
    /// take their time is removed at a later call.
    func end(allBut living: Set<GenerationNumber>) {
        for number in numbers.subtracting(living) {
            guard let group = group(of: number) else { continue }
            if (try? group.remove()) == nil, Files.kind(group.path) != nil {
                try? group.kill()
                guard (try? group.remove()) != nil else { continue }
            }
            numbers.remove(number)
        }
    }

    private static func controllers(_ limits: [String: UInt64]?) -> [String] {
        GroupLimit.allCases.filter { limits?[$0.rawValue] != nil }.map(\.controller)
    }

    /// Has the kernel count for the groups in `base`.
    private func enable(_ controllers: [String], in base: ControlGroup) throws(SystemError) {
        guard !controllers.isEmpty else { return }
        let enabled = try base.words("cgroup.subtree_control")
        let wanted = controllers.filter { !enabled.contains($0) }.map { "+\($0)" }.joined(separator: " ")
        guard !wanted.isEmpty else { return }
        do { try base.write(wanted, to: "cgroup.subtree_control") } catch {
            guard error.errno == .busy, isDelegated else { throw error }
            try vacate(base)
            try base.write(wanted, to: "cgroup.subtree_control")
        }
    }

    /// Moves the master and its helpers, which are all that is there, one down.
    private func vacate(_ base: ControlGroup) throws(SystemError) {
        let leaf = base.child(Self.masterName)
        try leaf.make()
        for pid in try base.words("cgroup.procs").compactMap({ Int32($0) }) {
            do { try leaf.add(pid: pid) } catch { if error.errno != .noSuchProcess { throw error } }
        }
    }
}
