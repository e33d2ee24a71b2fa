/// A system call that failed: which, on what, and why.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call's name as its man page has it, such as "bind".
    package let call: String
    /// The error of the call.
    package let errno: Errno
    /// The path or address that it was about; empty where there is none.
    package let subject: String

    /// Describes a failure; `errno` must have been read right behind the call.
    package init(call: String, errno: Errno, subject: String = "") {
        self.call = call
        self.errno = errno
        self.subject = subject
    }

    /// "bind 127.0.0.1:80: Permission denied".
    package var description: String {
        subject.isEmpty ? "\(call): \(errno)" : "\(call) \(subject): \(errno)"
    }
}

/// Calls again for as long as a signal interrupted the call (EINTR), and turns -1 into an error. The one place that
/// knows this rule; `close` is the exception and is never called again (close(2), NOTES).
@inline(__always)
func system<Result: SignedInteger>(
    _ call: StaticString, _ subject: @autoclosure () -> String = "", _ body: () -> Result
) throws(SystemError) -> Result {
    switch uninterrupted(body) {
    case .success(let result): return result
    case .failure(let errno): throw SystemError(call: "\(call)", errno: errno, subject: subject())
    }
}

/// The same for calls whose failure is a value to the caller (EAGAIN, EINPROGRESS).
@inline(__always)
func uninterrupted<Result: SignedInteger>(_ body: () -> Result) -> Swift.Result<Result, Errno> {
    while true {
        let result = body()
        if result != -1 { return .success(result) }
        let errno = Errno.current
        if errno != .interrupted { return .failure(errno) }
    }
}

/// Lets `uninterrupted` answer with a `Result`; what is thrown is a `SystemError`, which also names the call.
extension Errno: Error {}
