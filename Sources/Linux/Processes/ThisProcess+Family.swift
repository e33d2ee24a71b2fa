import Glibc

extension ThisProcess {
    /// The pids of the children of the calling thread, those that have ended and were not reaped among them. Source:
    /// proc_pid_task(5), `children`; where the kernel has no such file, every process of /proc is asked for its parent.
    package static func children() -> [Int32] {
        if let content = try? Files.read("/proc/self/task/\(pid)/children") {
            return String(decoding: content, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
                Int32($0)
            }
        }
        return ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }.filter {
            ProcessStatus(of: $0)?.parent == pid
        }
    }

    /// Reaps a child that has ended; false when it has not, or is none. The corresponding C function is `waitpid`.
    @discardableResult
    package static func reap(_ pid: Int32) -> Bool {
        guard case .success(let reaped) = uninterrupted({ waitpid(pid, nil, WNOHANG) }) else { return false }
        return reaped == pid
    }

    /// Names this boot of the machine: pids, start times and instants of another say nothing. Empty where the kernel does
    /// not tell. Source: proc_sys_kernel(5), `random/boot_id`.
    package static var bootID: String {
        let content = (try? Files.read("/proc/sys/kernel/random/boot_id")) ?? []
        return String(decoding: content, as: UTF8.self).filter { !$0.isWhitespace }
    }

    /// Takes a variable out of the environment. The corresponding C function is `unsetenv`.
    package static func removeVariable(_ name: String) { _ = unsafe unsetenv(name) }
}
