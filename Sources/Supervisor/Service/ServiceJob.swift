package import Linux

/// What systemd is about to do with a service: only its job tells a restart from a stop.
package enum ServiceJob: Equatable, Sendable {
    /// It is to be started again: its workers and sockets are for the next master.
    case restart
    /// It is to end, and all that is its own with it.
    case stop
    /// Something else, or nothing.
    case other

    /// The service that this process belongs to; nil: it is no service's. Source: systemd.special(7); cgroups(7).
    package static func ownUnit() -> String? {
        guard let text = try? Files.read("/proc/self/cgroup") else { return nil }
        return unit(inGroups: String(decoding: text, as: UTF8.self))
    }

    /// The service that `/proc/self/cgroup` names: the innermost, since a user's own systemd is a service too.
    static func unit(inGroups text: String) -> String? {
        guard let path = text.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        return path.split(separator: "/").last { $0.hasSuffix(".service") && !$0.hasPrefix("user@") }.map(String.init)
    }

    /// The job in a list of them, each a line of number, unit, type and state.
    package init(in jobs: String, of unit: String) {
        let types = jobs.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.count >= 3 && $0[1] == unit }.map { $0[2] }
        if types.contains("restart") { self = .restart } else { self = types.contains("stop") ? .stop : .other }
    }

    /// Asks, and waits for the answer; not for the master's loop.
    package static func ask(_ unit: String) throws(SystemError) -> ServiceJob {
        let call = try SystemctlCall(jobsOf: unit)
        return ServiceJob(in: try call.wait(), of: unit)
    }

    /// Whether the service has come to rest and nothing is to be done with it; nil: systemd does not say.
    static func isOver(_ unit: String) -> Bool? {
        guard let call = try? SystemctlCall(stateOf: unit), let text = try? call.wait() else { return nil }
        return isOver(inState: text)
    }

    /// The same, of what `systemctl show` says. (A service that failed is not over: its workers may serve on, and the
    /// next start goes on with them.)
    static func isOver(inState text: String) -> Bool? {
        let lines = text.split(separator: "\n")
        guard let state = lines.first(where: { $0.hasPrefix("ActiveState=") }) else { return nil }
        let job = lines.first { $0.hasPrefix("Job=") } ?? "Job="
        return state == "ActiveState=inactive" && (job == "Job=" || job == "Job=0")
    }
}
