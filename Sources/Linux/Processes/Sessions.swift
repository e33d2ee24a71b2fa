/// Finds the processes of a session.
package enum Sessions {
    /// The processes that live in the session, or in the process group, that `leader` began, whether it still lives or
    /// not; zombies are not among them. While there is one, the kernel gives the leader's number to no new process.
    /// Reads all of /proc.
    package static func members(of leader: Int32) -> [Int32] { Census().members(of: leader) }

    /// The same of a leader that may be long gone, told from any other process of its number by when it started
    /// (``ProcessStatus/startTime``): once the number is another's, nobody was left.
    package static func members(of leader: Int32, startedAt startTime: UInt64) -> [Int32] {
        Census().members(of: leader, startedAt: startTime)
    }

    /// The processes at one moment, by session and process group, for callers with many leaders. All of /proc is read
    /// once.
    package struct Census {
        private var members: [Int32: [Int32]] = [:]

        /// Reads /proc now.
        package init() {
            for pid in ((try? Files.list("/proc")) ?? []).compactMap({ Int32($0) }) {
                guard let status = ProcessStatus(of: pid), !status.isZombie else { continue }
                for leader in Set([status.group, status.session]) { members[leader, default: []].append(pid) }
            }
        }

        /// The processes of a leader's session or process group.
        package func members(of leader: Int32) -> [Int32] { members[leader] ?? [] }

        /// The same of a leader that started then: none when the number is another's by now.
        package func members(of leader: Int32, startedAt startTime: UInt64) -> [Int32] {
            let found = ProcessStatus(of: leader)?.startTime
            return found == nil || found == startTime ? members(of: leader) : []
        }
    }

    /// The resident memory of each leader's session (or process group) as a whole, in bytes, by leader; who is gone is not
    /// among them. What its processes share with each other, or with files, counts once. Reads all of /proc once.
    package static func residentBytes(of leaders: [Int32]) -> [Int32: Int] {
        let wanted = Set(leaders)
        guard !wanted.isEmpty else { return [:] }
        var own: [Int32: Int] = [:]
        var shared: [Int32: Int] = [:]
        for pid in ((try? Files.list("/proc")) ?? []).compactMap({ Int32($0) }) {
            guard let status = ProcessStatus(of: pid), !status.isZombie,
                let leader = [status.session, status.group].first(where: wanted.contains),
                let memory = ThisProcess.memory(of: pid)
            else { continue }
            own[leader, default: 0] += memory.resident - memory.shared
            shared[leader] = max(shared[leader] ?? 0, memory.shared)
        }
        return own.merging(shared, uniquingKeysWith: +)
    }

    /// Sends a signal to each of the processes that still lives.
    package static func signal(_ signal: Signal, to members: [Int32]) {
        for member in members { _ = try? ProcessDescriptor(pid: member).send(signal) }
    }
}
