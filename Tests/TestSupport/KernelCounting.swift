package import Linux
import Testing

/// Whether the kernel counts answers for this process.
package enum KernelCounting {
    /// A counter at our own control group. Where the kernel does not let us, the test that runs says so, and ends here
    /// without having failed.
    @discardableResult
    package static func require() throws -> AnswerCounter {
        guard let group = ControlGroup.own() else { try skip("no control groups of version 2 are mounted") }
        do { return try AnswerCounter(at: group) } catch {
            guard [.notPermitted, .noSuchCall].contains(error.errno) else { throw error }
            try skip("\(error)")
        }
    }

    private static func skip(_ reason: String) throws -> Never {
        skipped(Test.current?.name ?? "counting", because: reason)
        #if compiler(>=6.3)
            try Test.cancel("\(reason)")
        #else
            throw SystemError(call: "bpf", errno: .notPermitted, subject: reason)
        #endif
    }
}
