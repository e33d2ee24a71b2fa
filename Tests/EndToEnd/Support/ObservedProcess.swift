import Linux
import TestSupport

/// A master seen through /proc.
struct ObservedProcess {
    let pid: Int32

    /// How many descriptors it has open.
    var descriptorCount: Int { get throws { try Files.list("/proc/\(pid)/fd").count } }

    /// The same, once it sleeps: a command's own connection is closed a moment after its answer.
    func restingDescriptorCount() throws -> Int {
        try waitUntilIdle()
        return try descriptorCount
    }

    /// How many of them are sockets.
    var socketCount: Int {
        get throws {
            let directory = "/proc/\(pid)/fd"
            return try Files.list(directory).count {
                (try? Files.readLink("\(directory)/\($0)"))?.hasPrefix("socket:") ?? false
            }
        }
    }

    /// Its state's letter (man 5 proc): R, S, T and so on; nil when it is gone.
    var state: String? { ProcessStatus(of: pid)?.state }

    /// Its resident memory, in bytes.
    var residentBytes: Int { ThisProcess.residentBytes(of: pid) ?? 0 }

    /// Its children that have ended and were not reaped.
    var zombies: [Int32] {
        get throws {
            try Files.list("/proc").compactMap(Int32.init).filter { child in
                ProcessStatus(of: child).map { $0.isZombie && $0.parent == pid } ?? false
            }
        }
    }

    /// How often it has gone to sleep by itself: it stands still while the process sleeps on.
    var sleeps: Int {
        get throws {
            let line = String(decoding: try Files.read("/proc/\(pid)/status"), as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix("voluntary_ctxt_switches") }
            return line?.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 0
        }
    }

    /// The CPU time that it has used, in clock ticks (man 5 proc, stat, fields 14 and 15).
    var ticks: Int {
        let text = String(decoding: (try? Files.read("/proc/\(pid)/stat")) ?? [], as: UTF8.self)
        let words = text.split(separator: ")").last?.split(separator: " ") ?? []
        return words.count > 12 ? (Int(words[11]) ?? 0) + (Int(words[12]) ?? 0) : 0
    }

    /// Waits until it has slept for two seconds on end.
    func waitUntilIdle() throws {
        var last = try sleeps
        var since = MonotonicClock.now()
        try wait(for: "process \(pid) to sleep", upTo: .seconds(60)) {
            let present = try sleeps
            if present != last { (last, since) = (present, MonotonicClock.now()) }
            return MonotonicClock.now() - since > .seconds(2)
        }
    }
}
