/// Who belongs to a session.
package enum Sessions {
    /// The processes that live in the session, or in the process group, that `leader` began, whether it still lives or
    /// not; zombies are not among them. While there is one, the kernel gives the leader's number to no new process.
    /// Reads all of /proc. Source: proc_pid_stat(5), fields 3, 5 and 6.
    package static func members(of leader: Int32) -> [Int32] {
        let numbers = ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }
        return numbers.filter { pid in
            guard let content = try? Files.read("/proc/\(pid)/stat"),
                let end = content.lastIndex(of: UInt8(ascii: ")"))
            else { return false }
            let fields = content[content.index(after: end)...].split(separator: UInt8(ascii: " "))
            guard fields.count > 3, fields[0].first != UInt8(ascii: "Z") else { return false }
            return [fields[2], fields[3]].contains { Int32(String(decoding: $0, as: UTF8.self)) == leader }
        }
    }

    /// The same of a leader that may be long gone, told from any other process of its number by when it started
    /// (``ThisProcess/startTime(of:)``): once the number is another's, nobody was left.
    package static func members(of leader: Int32, startedAt startTime: UInt64) -> [Int32] {
        let found = ThisProcess.startTime(of: leader)
        return found == nil || found == startTime ? members(of: leader) : []
    }

    /// Sends a signal to each of the processes that still lives.
    package static func signal(_ signal: Signal, to members: [Int32]) {
        for member in members { _ = try? ProcessDescriptor(pid: member).send(signal) }
    }
}
