/// Which processes hold a socket, as the kernel tells. Source: proc_pid_fd(5).
package enum SocketHolders {
    /// The processes that hold at least one of the sockets, by pid, each with those that it holds. Reads the descriptors of
    /// all processes: those of another user are seen by root only.
    package static func find(_ inodes: Set<UInt64>) -> [Int32: Set<UInt64>] {
        guard !inodes.isEmpty else { return [:] }
        let names = Dictionary(uniqueKeysWithValues: inodes.map { ("socket:[\($0)]", $0) })
        var holders: [Int32: Set<UInt64>] = [:]
        for pid in ((try? Files.list("/proc")) ?? []).compactMap({ Int32($0) }) {
            let directory = "/proc/\(pid)/fd"
            let held = ((try? Files.list(directory)) ?? []).compactMap { number in
                (try? Files.readLink("\(directory)/\(number)")).flatMap { names[$0] }
            }
            if !held.isEmpty { holders[pid] = Set(held) }
        }
        return holders
    }
}
