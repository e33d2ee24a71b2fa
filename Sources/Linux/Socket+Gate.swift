import CLinux
import Glibc

extension Socket {
    /// Lets only the connections that `rules` name reach this listening socket: other packets are dropped, so that their
    /// senders try again, as if the machine were slow. (Their `index` is not looked at.) Connections that were let in
    /// keep the filter, which lets their packets pass. The corresponding C function is `setsockopt` with
    /// SO_ATTACH_FILTER; source: socket(7).
    package borrowing func admitOnly(_ rules: [SteeringProgram.Rule]) throws(SystemError) {
        let passing = rules.map {
            SteeringProgram.Rule(source: $0.source, destination: $0.destination, index: Int(UInt32.max))
        }
        let socket = number
        let instructions = SteeringAssembler.assemble(SteeringProgram(base: .constant(index: 0), rules: passing))
        _ = try system("setsockopt", "SO_ATTACH_FILTER") {
            unsafe clinux_attach_filter(socket, instructions, UInt16(instructions.count))
        }
    }

    /// Lets every connection in again. The option is SO_DETACH_FILTER.
    package borrowing func admitAll() throws(SystemError) {
        do { try set(SOL_SOCKET, SO_DETACH_FILTER, 0) } catch {
            // There was no filter.
            if error.errno != .notFound { throw error }
        }
    }
}
