/// The kernel's account of any process. Source: proc_pid_stat(5).
package struct ProcessStatus: Equatable, Sendable {
    /// The letter of its state: R, S, T and so on.
    package let state: String
    /// The process that started it, or that took it over when that one ended.
    package let parent: Int32
    /// The number of its process group.
    package let group: Int32
    /// The number of its session.
    package let session: Int32
    /// The start time, in clock ticks since boot: with the pid, the identity of the process.
    package let startTime: UInt64

    /// True for a process that has ended, and only waits to be reaped.
    package var isZombie: Bool { state == "Z" }

    /// Asks; nil when there is no such process.
    package init?(of pid: Int32) {
        guard let content = try? Files.read("/proc/\(pid)/stat"), let end = content.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // Field 3 is the first behind the name, which may have anything in it.
        let fields = content[content.index(after: end)...].split(separator: UInt8(ascii: " ")).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count >= 20, let parent = Int32(fields[1]), let group = Int32(fields[2]),
            let session = Int32(fields[3]), let startTime = UInt64(fields[19])
        else { return nil }
        state = fields[0]
        self.parent = parent
        self.group = group
        self.session = session
        self.startTime = startTime
    }
}
