import CLinux
import Glibc

/// A directory of the control group tree, version 2. Source: cgroups(7); Documentation/admin-guide/cgroup-v2.rst.
package struct ControlGroup: Equatable, Sendable {
    /// Absolute, without a slash at the end.
    package let path: String
    /// The mount point of the tree.
    private let root: String

    /// The directory `path` of a tree that begins at `root`.
    package init(path: String, root: String) {
        self.path = path
        self.root = root
    }

    /// The group of this process; nil where no tree of version 2 is mounted, or it is out of sight.
    package static func own() -> ControlGroup? { of("self") }

    /// The group of another process; nil where it cannot be seen from here.
    package static func of(pid: Int32) -> ControlGroup? {
        of("\(pid)").flatMap { Files.kind($0.path) == .directory ? $0 : nil }
    }

    private static func of(_ process: String) -> ControlGroup? {
        guard let groups = try? Files.read("/proc/\(process)/cgroup"),
            let mounts = try? Files.read("/proc/self/mountinfo")
        else { return nil }
        return find(
            groups: String(decoding: groups, as: UTF8.self), mounts: String(decoding: mounts, as: UTF8.self))
    }

    /// Reads these two files of /proc. Source: cgroups(7), `/proc/pid/cgroup`; proc_pid_mountinfo(5).
    static func find(groups: String, mounts: String) -> ControlGroup? {
        guard let own = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })?.dropFirst(3) else {
            return nil
        }
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash + 1 < words.count, words[dash + 1] == "cgroup2" else {
                continue
            }
            // Of a part of the tree that is mounted, only what is below can be seen.
            let (top, mount) = (words[3] == "/" ? "" : String(words[3]), String(words[4]))
            guard own == "/" || (own + "/").hasPrefix(top + "/") else { continue }
            let below = own == "/" ? "" : String(own.dropFirst(top.count))
            return ControlGroup(path: mount + below, root: mount)
        }
        return nil
    }

    /// True if systemd has left it to its service (Delegate=). Source: systemd's CGROUP_DELEGATION; xattr(7).
    package var isDelegated: Bool {
        var value = [UInt8](repeating: 0, count: 8)
        let count = unsafe value.withUnsafeMutableBytes {
            unsafe clinux_get_attribute(path, "user.delegate", $0.baseAddress, $0.count)
        }
        return count == 1 && value[0] == UInt8(ascii: "1")
    }

    /// True at the top of the tree, as far as it can be seen.
    package var isRoot: Bool { path == root }

    /// The group above; nil at the top.
    package var parent: ControlGroup? {
        isRoot ? nil : ControlGroup(path: Files.directory(of: path), root: root)
    }

    /// A group in it, whether it is there or not.
    package func child(_ name: String) -> ControlGroup { ControlGroup(path: "\(path)/\(name)", root: root) }

    /// Makes it, if it is not there.
    package func make() throws(SystemError) { try Files.makeDirectory(path) }

    /// Removes it: EBUSY when somebody is in it. The corresponding C function is `rmdir`.
    package func remove() throws(SystemError) {
        let path = self.path
        _ = try system("rmdir", path) { unsafe rmdir(path) }
    }

    /// The words of one of its files.
    package func words(_ file: String) throws(SystemError) -> [String] {
        String(decoding: try Files.read("\(path)/\(file)"), as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .map(String.init)
    }

    /// Writes to one of its files, at once.
    package func write(_ value: String, to file: String) throws(SystemError) {
        let file = "\(path)/\(file)"
        let descriptor = FileDescriptor(
            owning: try system("open", file) { unsafe open(file, O_WRONLY | O_CLOEXEC) })
        let (number, bytes) = (descriptor.number, Array(value.utf8))
        _ = try system("write", file) {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        }
        withExtendedLifetime(descriptor) {}
    }

    /// Takes a process in; 0 is this one.
    package func add(pid: Int32) throws(SystemError) { try write("\(pid)", to: "cgroup.procs") }

    /// Kills everybody in it and below. Source: cgroup.kill, Linux 5.14; ENOENT before.
    package func kill() throws(SystemError) { try write("1", to: "cgroup.kill") }
}
