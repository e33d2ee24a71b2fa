internal import Linux

/// What a master needs so that the kernel counts for it: a place to attach programs, and the rights to. Source: bpf(2);
/// capabilities(7), CAP_BPF (Linux 5.8).
enum CountingRights {
    private static let lacking = "deployd lacks CAP_BPF and CAP_NET_ADMIN"
    private static let ungrouped = "no control groups of version 2 are mounted"

    /// The group in which the lanes are made: the service's own, below which the master may move, or that of this process.
    static var group: ControlGroup? { ServiceGroup.place()?.group ?? ControlGroup.own() }

    static var noGroup: SystemError { SystemError(call: "bpf", errno: .notFound, subject: ungrouped) }

    /// Why counting could not begin, as a clause.
    static func obstacle(_ error: SystemError) -> String {
        switch error.errno {
        case .notPermitted: lacking
        case .notFound where error.subject == ungrouped: ungrouped
        default: "the kernel cannot (\(error))"
        }
    }

    /// What would keep a master with this pid from counting, as far as it can be seen from outside; nil: nothing that is
    /// known.
    static func obstacle(toMaster pid: Int32) -> String? {
        guard let status = try? Files.read("/proc/\(pid)/status") else { return nil }
        guard mayCount(status: String(decoding: status, as: UTF8.self)) else { return lacking }
        return ControlGroup.of(pid: pid) == nil ? ungrouped : nil
    }

    /// Reads that file. CAP_SYS_ADMIN stands for both.
    static func mayCount(status: String) -> Bool {
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let effective = line.flatMap { UInt64($0.split(whereSeparator: \.isWhitespace).last ?? "", radix: 16) } ?? 0
        let (networkAdmin, systemAdmin, bpf): (UInt64, UInt64, UInt64) = (1 << 12, 1 << 21, 1 << 39)
        return effective & systemAdmin != 0 || (effective & networkAdmin != 0 && effective & bpf != 0)
    }
}
