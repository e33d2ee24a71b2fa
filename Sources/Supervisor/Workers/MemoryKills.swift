internal import DeployCore
internal import Linux

/// Tells a worker that the kernel killed for want of memory from one that somebody killed: both were ended by SIGKILL.
///
/// The kernel counts such kills: for a generation's control group where its memory is counted, else for the whole machine.
/// Source: Documentation/admin-guide/cgroup-v2.rst, memory.events; mm/oom_kill.c, OOM_KILL in /proc/vmstat.
struct MemoryKills {
    private var machine: Int
    private var groups: [GenerationNumber: Int] = [:]

    init() { machine = Self.count(in: "/proc/vmstat") ?? 0 }

    /// A kill was counted since the last look, in the group if it counts. One look tells of one worker.
    mutating func happened(_ generation: GenerationNumber, in group: ControlGroup?) -> Bool {
        if let counted = group.flatMap({ Self.count(in: "\($0.path)/memory.events") }) {
            let before = groups[generation] ?? 0
            groups[generation] = min(counted, before + 1)
            return counted > before
        }
        let counted = Self.count(in: "/proc/vmstat") ?? 0
        defer { machine = min(counted, machine + 1) }
        return counted > machine
    }

    /// Counts from before a worker's start are not about it.
    mutating func forgetEarlier() { machine = Self.count(in: "/proc/vmstat") ?? 0 }

    mutating func forget(_ generation: GenerationNumber) { groups[generation] = nil }

    private static func count(in path: String) -> Int? {
        (try? Files.read(path)).flatMap { count(inText: String(decoding: $0, as: UTF8.self)) }
    }

    /// The number behind "oom_kill".
    static func count(inText text: String) -> Int? {
        let key = "oom_kill "
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
        return Int(line.dropFirst(key.count))
    }
}
