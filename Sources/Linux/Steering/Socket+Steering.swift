import CLinux
import Glibc

extension SteeringProgram {
    /// The instructions as the kernel reads them: `struct sock_filter`, 8 bytes each. Source: linux/filter.h.
    package var machineCode: [UInt8] {
        let instructions = SteeringAssembler.assemble(self)
        return unsafe instructions.withUnsafeBytes { unsafe Array($0) }
    }
}

extension Socket {
    /// SO_DETACH_REUSEPORT_BPF (Linux 5.3), which Glibc's module does not bring to Swift. Source: asm-generic/socket.h.
    static let detachOption: CInt = 68

    /// Takes the program away from the group that this socket belongs to: the kernel spreads connections over all. A socket
    /// that was locked is no hindrance, for who holds it; see ``ThisProcess/forbidChangingSteering()``.
    package borrowing func detachSteering() throws(SystemError) { try set(SOL_SOCKET, Self.detachOption, 1) }

    /// Gives the reuseport group that this socket belongs to a new program, in one step for all CPUs; before the first
    /// `bind`, the group that it will make. The corresponding C function is `setsockopt` with
    /// SO_ATTACH_REUSEPORT_CBPF; it needs no privilege.
    ///
    /// A program with a rule that no connection can fit is refused with EINVAL: without its rule a probe would be
    /// answered by the generation that serves, and prove nothing.
    package borrowing func attach(_ program: SteeringProgram) throws(SystemError) {
        if let rule = program.rules.first(where: { !$0.isPossible }) {
            throw SystemError(call: "setsockopt", errno: .invalid, subject: "\(rule.source) to \(rule.destination)")
        }
        let socket = number
        let instructions = SteeringAssembler.assemble(program)
        _ = try system("setsockopt", "SO_ATTACH_REUSEPORT_CBPF") {
            unsafe clinux_attach_reuseport_cbpf(socket, instructions, UInt16(instructions.count))
        }
    }
}
