/// The bounds within which a process may raise limits for its children. Source: proc_pid_limits(5), proc_pid_status(5).
package struct ProcessLimits: Equatable, Sendable {
    /// The hard limits, each in the unit of its resource; `ResourceLimit.unlimited` for none.
    package let hard: [ResourceLimit: UInt64]
    /// The process has CAP_SYS_RESOURCE, which may not count beyond its user namespace.
    package let mayRaise: Bool

    /// Asks; nil when there is no such process, or it cannot be looked at.
    package init?(of pid: Int32) {
        guard let limits = try? Files.read("/proc/\(pid)/limits"), let status = try? Files.read("/proc/\(pid)/status")
        else { return nil }
        self.init(limits: String(decoding: limits, as: UTF8.self), status: String(decoding: status, as: UTF8.self))
    }

    /// Reads these two files of /proc.
    package init(limits: String, status: String) {
        var hard: [ResourceLimit: UInt64] = [:]
        for line in limits.split(separator: "\n") {
            guard let resource = ResourceLimit.allCases.first(where: { line.hasPrefix(Self.title(of: $0)) }) else {
                continue
            }
            // The soft limit, the hard one, the unit.
            let words = line.dropFirst(Self.title(of: resource).count).split(separator: " ")
            guard words.count >= 2 else { continue }
            hard[resource] = words[1] == "unlimited" ? ResourceLimit.unlimited : UInt64(words[1])
        }
        self.hard = hard
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let effective = line.flatMap { UInt64($0.split(whereSeparator: \.isWhitespace).last ?? "", radix: 16) } ?? 0
        mayRaise = effective & (1 << 24) != 0
    }

    /// The most open files that any process may have, whatever it is allowed; nil: not known. Source: proc_sys_fs(5).
    package static func mostFiles() -> UInt64? {
        guard let content = try? Files.read("/proc/sys/fs/nr_open") else { return nil }
        return UInt64(String(decoding: content, as: UTF8.self).split(separator: "\n").first ?? "")
    }

    /// The kernel's name of a limit. Source: lnames, fs/proc/base.c.
    private static func title(of resource: ResourceLimit) -> String {
        switch resource {
        case .files: "Max open files"
        case .processes: "Max processes"
        case .core: "Max core file size"
        case .memory: "Max address space"
        case .locked: "Max locked memory"
        case .fileSize: "Max file size"
        case .stack: "Max stack size"
        case .processorTime: "Max cpu time"
        }
    }
}
