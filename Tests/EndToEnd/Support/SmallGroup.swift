import Linux
import TestSupport

/// A control group with little memory, in whichever version of the tree this machine has; it is removed when the reference
/// goes.
final class SmallGroup {
    private let group: ControlGroup

    /// Makes one; nil where none can be made, or none that has a limit.
    init?(bytes: Int) {
        let trees = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.swappiness"),
            ("/sys/fs/cgroup", "memory.max", "memory.swap.max"),
        ]
        for (root, limit, swap) in trees where Files.kind("\(root)/cgroup.procs") == .file {
            let group = ControlGroup(path: "\(root)/deployd-test-\(ThisProcess.pid)", root: root)
            guard (try? group.make()) != nil else { continue }
            if (try? group.write("\(bytes)", to: limit)) != nil {
                // Nothing may go elsewhere instead. (Without swap there may be no such file.)
                try? group.write("0", to: swap)
                self.group = group
                return
            }
            try? group.remove()
        }
        return nil
    }

    /// Takes a process in.
    func add(_ pid: Int32) throws { try group.add(pid: pid) }

    /// (Whoever was killed in it leaves it a moment later.)
    deinit {
        for _ in 0..<100 {
            if (try? group.remove()) != nil { return }
            _ = try? Poll.readable(anyOf: [], timeout: .milliseconds(50))
        }
    }
}
