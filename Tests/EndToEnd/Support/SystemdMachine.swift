import Linux
import TestSupport

/// A machine of its own with systemd as its first process: this machine's files beneath an overlay that is thrown away,
/// no network but its own loopback, and a unit that runs the checks of `Tests/Fixtures/systemd` and then powers off.
///
/// The mount is made in a mount namespace of the container's own, so nothing of it is left, however the run ends.
struct SystemdMachine {
    /// What each check came to, by its name: "" for success, else why not.
    let verdicts: [String: String]
    /// The machine's journal, or its console when it did not come so far.
    let journal: String

    /// Why no such machine can be had here; nil when it can.
    static func obstacle() throws -> String? {
        guard ThisProcess.uid == 0 else { return "only root may boot a container" }
        for name in ["unshare", "mount", "systemd-nspawn", "systemctl"] where Program.find(name) == nil {
            return "\(name) is not installed"
        }
        let trial = try Child.run([try Program.path("unshare"), "--mount", "--", try Program.path("true")])
        return trial.status == .exited(code: 0) ? nil : "no mount namespace may be made: \(trial.errors)"
    }

    /// The directories below `/` that are file systems of their own, which a mount of `/` alone does not bring along: Swift
    /// may be on one of them. The kernel's own and what each machine has for itself are left out (proc(5), mountinfo).
    private static func mountsBelow() throws -> [String] {
        let table = String(decoding: try Files.read("/proc/self/mountinfo"), as: UTF8.self)
        let points = table.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            return words.count > 4 ? String(words[4]) : nil
        }
        let own = ["/proc", "/sys", "/dev", "/run", "/tmp", "/var"]
        return Set(points).sorted().filter { point in
            point != "/" && !point.contains("\\") && !point.contains(":") && Files.kind(point) == .directory
                && !own.contains { point == $0 || point.hasPrefix($0 + "/") }
        }
    }

    /// Boots it, waits for its end, and reads the results.
    init() throws {
        let directory = try TemporaryDirectory()
        let (root, results) = (directory.path("root"), directory.path("results"))
        try Files.makeDirectory(root)
        try Files.makeDirectory(results)
        let unit = "deployd-checks.service"
        let mounts = try Self.mountsBelow()
        let machine = try Child(
            [
                try Program.path("unshare"), "--mount", "--propagation", "private", "sh", "-c",
                "mount --bind / \"$1\" && shift && exec systemd-nspawn \"$@\"", "sh", root,
                "--quiet", "--directory", root, "--volatile=overlay", "--boot", "--register=no", "--keep-unit",
                "--private-network", "--console=pipe", "--capability=CAP_BPF", "--system-call-filter=bpf",
                "--bind-ro=\(Repository.path):/deployd/tree",
                "--bind-ro=\(try Products.directory()):/deployd/products",
                "--bind=\(results):/deployd/results",
            ] + mounts.map { "--bind-ro=\($0)" } + [
                "--bind-ro=\(Repository.fixture("systemd/\(unit)")):/run/systemd/system/\(unit)",
                "systemd.unit=\(unit)",
            ])
        // The unit has a limit of its own, so this one is for a machine that does not boot.
        _ = try machine.wait(upTo: .seconds(480))
        let read = { (name: String) in
            String(decoding: (try? Files.read("\(results)/\(name)", limit: 1 << 24)) ?? [], as: UTF8.self)
        }
        var verdicts: [String: String] = [:]
        for line in read("verdicts").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            if words.count == 2, words[0] == "ok" { verdicts[words[1]] = "" }
            if words.count == 3, words[0] == "failed" { verdicts[String(words[1].dropLast())] = words[2] }
        }
        self.verdicts = verdicts
        let journal = read("journal")
        self.journal = journal.isEmpty ? machine.output + machine.errors : journal
    }
}
