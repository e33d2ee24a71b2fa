import CLinux
import Glibc

/// Calls by which a process asks and changes something about itself.
package enum ThisProcess {
    /// The corresponding C function is `getpid`.
    package static var pid: Int32 { getpid() }
    /// The effective user. The corresponding C function is `geteuid`.
    package static var uid: UInt32 { geteuid() }
    /// The effective group. The corresponding C function is `getegid`.
    package static var gid: UInt32 { getegid() }

    /// The path of the running program's own file, without links.
    package static func executable() throws(SystemError) -> String { try Files.readLink("/proc/self/exe") }

    /// The environment as KEY=VALUE, in its order. The corresponding C variable is `environ`.
    package static func environment() -> [String] {
        guard var entry = unsafe clinux_environment() else { return [] }
        var variables: [String] = []
        while let variable = unsafe entry.pointee {
            variables.append(unsafe String(cString: variable))
            unsafe entry += 1
        }
        return variables
    }

    /// One variable. The corresponding C function is `getenv`.
    package static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Leaves the terminal and the process group. The corresponding C function is `setsid`.
    package static func newSession() throws(SystemError) { _ = try system("setsid") { setsid() } }

    /// Makes the first standard stream that is a terminal the one of this session, which it leads and which has none. The
    /// corresponding call is `ioctl` with TIOCSCTTY.
    package static func takeTerminal() throws(SystemError) {
        guard let number = [0, 1, 2].first(where: { isatty($0) == 1 }) else { return }
        _ = try system("ioctl", "the terminal") { clinux_take_terminal(number) }
    }

    /// The corresponding C function is `chdir`.
    package static func changeDirectory(_ path: String) throws(SystemError) {
        _ = try system("chdir", path) { unsafe chdir(path) }
    }

    /// What the process is called in `ps`, `ss` and the journal, cut to 15 bytes. Of a program that was executed through
    /// /proc/self/exe the kernel knows no better name than "exe". The corresponding C function is `prctl` with PR_SET_NAME.
    package static func setName(_ name: String) { unsafe clinux_set_name(name) }

    /// The bits that files made from now on do not get. The corresponding C function is `umask`.
    package static func setMask(_ mask: UInt32) { umask(mask) }

    /// Becomes a user for good: supplementary groups, group, user, in this order. Needs CAP_SETUID and CAP_SETGID. The
    /// corresponding C functions are `setgroups`, `setgid` and `setuid`.
    package static func become(uid: UInt32, gid: UInt32, groups: [UInt32]) throws(SystemError) {
        _ = try system("setgroups") { unsafe clinux_setgroups(groups.count, groups) }
        _ = try system("setgid", "\(gid)") { setgid(gid) }
        _ = try system("setuid", "\(uid)") { setuid(uid) }
    }

    /// Kills every process of the group that `leader` leads; one that is gone is no error. Only for a leader that was not
    /// yet reaped, else its number may be another's. The corresponding C function is `killpg`.
    package static func killGroup(_ leader: Int32) { signalGroup(leader, .kill) }

    /// Sends a signal to every process of the group that `leader` leads; as `killGroup`. False: there is no such group.
    @discardableResult
    package static func signalGroup(_ leader: Int32, _ signal: Signal) -> Bool {
        if case .success = uninterrupted({ killpg(leader, signal.rawValue) }) { true } else { false }
    }

    /// Ends at once, without running exit handlers. The corresponding C function is `_exit`.
    package static func exit(_ code: Int32) -> Never { _exit(code) }

    /// Memory of a process that is resident now, in bytes; nil when the process is gone. Source: proc_pid_statm(5), second
    /// field.
    package static func residentBytes(of pid: Int32) -> Int? {
        guard let content = try? Files.read("/proc/\(pid)/statm"),
            let pages = String(decoding: content, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap({
                Int($0)
            })
        else { return nil }
        return pages * Int(sysconf(CInt(_SC_PAGESIZE)))
    }

    /// The same, and how much of it is shared with other processes or with files, in bytes. Source: proc_pid_statm(5), second
    /// and third field.
    static func memory(of pid: Int32) -> (resident: Int, shared: Int)? {
        guard let content = try? Files.read("/proc/\(pid)/statm") else { return nil }
        let pages = String(decoding: content, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        guard pages.count > 2 else { return nil }
        let size = Int(sysconf(CInt(_SC_PAGESIZE)))
        return (pages[1] * size, pages[2] * size)
    }

    /// Processors that this process may run on, at least 1. The corresponding C function is `sched_getaffinity`.
    package static var processorCount: Int { max(1, Int(clinux_affinity_count())) }
}
