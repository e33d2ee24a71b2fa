import CLinux
import Glibc

/// A limit that the kernel holds a process to, inherited by its children. Source: getrlimit(2).
package enum ResourceLimit: String, CaseIterable, Sendable {
    /// Open descriptors, a number.
    case files
    /// Processes and threads of the user, a number.
    case processes
    /// Size of a core dump, in bytes.
    case core
    /// Address space, in bytes.
    case memory
    /// Locked memory, in bytes.
    case locked
    /// Size of a file that is written, in bytes.
    case fileSize
    /// Stack of the main thread, in bytes.
    case stack
    /// Processor time, in seconds.
    case processorTime

    private var number: CInt {
        switch self {
        case .files: CInt(RLIMIT_NOFILE.rawValue)
        case .processes: 6
        case .core: CInt(RLIMIT_CORE.rawValue)
        case .memory: CInt(RLIMIT_AS.rawValue)
        case .locked: 8
        case .fileSize: CInt(RLIMIT_FSIZE.rawValue)
        case .stack: CInt(RLIMIT_STACK.rawValue)
        case .processorTime: CInt(RLIMIT_CPU.rawValue)
        }
    }

    /// The value that means no limit.
    package static let unlimited = UInt64.max

    /// Sets the soft and the hard limit of this process. Raising the hard one needs CAP_SYS_RESOURCE. The corresponding
    /// C function is `setrlimit`.
    package func set(_ value: UInt64) throws(SystemError) {
        let number = self.number
        _ = try system("setrlimit", "\(rawValue) \(value)") { clinux_set_limit(number, value, value) }
    }

    /// Sets the soft limit of this process, to the hard one at most.
    package func setSoft(_ value: UInt64) throws(SystemError) {
        let number = self.number
        let hard = try current().hard
        _ = try system("setrlimit", "\(rawValue) \(value)") { clinux_set_limit(number, min(value, hard), hard) }
    }

    /// Raises this process's soft limit to the hard one.
    package func raise() throws(SystemError) {
        let number = self.number
        let hard = try current().hard
        _ = try system("setrlimit", rawValue) { clinux_set_limit(number, hard, hard) }
    }

    /// The limits of this process. The corresponding C function is `getrlimit`.
    package func current() throws(SystemError) -> (soft: UInt64, hard: UInt64) {
        let number = self.number
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        _ = try system("getrlimit") { unsafe clinux_get_limit(number, &soft, &hard) }
        return (soft, hard)
    }
}
