import Linux
import TestSupport

/// A master seen through /proc.
struct ObservedProcess {
    let pid: Int32

    /// How many descriptors it has open.
    var descriptorCount: Int { get throws { try Files.list("/proc/\(pid)/fd").count } }

    /// Its resident memory, in bytes.
    var residentBytes: Int { ThisProcess.residentBytes(of: pid) ?? 0 }

    /// Its children that have ended and were not reaped.
    var zombies: [Int32] {
        get throws {
            try Files.list("/proc").compactMap(Int32.init).filter { child in
                // man 5 proc: after the name in brackets come the state and the parent.
                guard let stat = try? Files.read("/proc/\(child)/stat") else { return false }
                let words =
                    String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
                return words.count > 1 && words[0] == "Z" && words[1] == "\(pid)"
            }
        }
    }

    /// How often it has gone to sleep by itself: it stands still while the process sleeps on.
    private var switches: String {
        get throws {
            String(decoding: try Files.read("/proc/\(pid)/status"), as: UTF8.self).split(separator: "\n")
                .filter { $0.hasPrefix("voluntary_ctxt_switches") }.joined()
        }
    }

    /// Waits until it has slept for two seconds on end.
    func waitUntilIdle() throws {
        var last = try switches
        var since = MonotonicClock.now()
        try wait(for: "process \(pid) to sleep", upTo: .seconds(60)) {
            let present = try switches
            if present != last { (last, since) = (present, MonotonicClock.now()) }
            return MonotonicClock.now() - since > .seconds(2)
        }
    }
}
