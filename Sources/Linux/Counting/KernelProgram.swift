import CLinux
import Glibc

/// A program that runs in the kernel for the segments of a control group's sockets, and of the groups below: attached for as
/// long as a descriptor of its link is open anywhere. Needs CAP_BPF and CAP_NET_ADMIN (Linux 5.8). Source: bpf(2),
/// BPF_PROG_TYPE_CGROUP_SKB; kernel/bpf/cgroup.c, `cgroup_bpf_link_attach`.
enum KernelProgram {
    /// Loads a program and attaches it beside those that are there; gives the link's descriptor.
    static func attach(_ program: CountingProgram, to group: ControlGroup) throws(SystemError) -> FileDescriptor {
        let isEgress: CInt = program.direction == .answers ? 1 : 0
        let loaded = try load(program.instructions, isEgress)
        let directory = try Files.open(group.path)
        let (held, place) = (loaded.number, directory.number)
        let link = FileDescriptor(
            owning: try system("bpf", "link to \(group.path)") { clinux_bpf_link(held, place, isEgress) })
        withExtendedLifetime(loaded) {}
        withExtendedLifetime(directory) {}
        return link
    }

    /// The error has the verifier's last words, where it is the verifier who refused.
    static func load(_ instructions: [UInt64], _ isEgress: CInt) throws(SystemError) -> FileDescriptor {
        let count = UInt32(instructions.count)
        switch uninterrupted({ unsafe clinux_bpf_load(isEgress, instructions, count, nil, 0) }) {
        case .success(let number): return FileDescriptor(owning: number)
        case .failure(let errno):
            var log = [CChar](repeating: 0, count: 1 << 16)
            _ = unsafe clinux_bpf_load(isEgress, instructions, count, &log, UInt32(log.count))
            let text = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(separator: "\n").suffix(4).joined(separator: "; ")
            throw SystemError(call: "bpf", errno: errno, subject: words.isEmpty ? "load" : "load (\(words))")
        }
    }
}
