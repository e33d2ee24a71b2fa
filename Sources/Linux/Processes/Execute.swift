import Glibc

/// Becomes another program: returns only when that failed. Descriptors that are not close-on-exec go along, as do the
/// signal mask and ignored signals. The corresponding C function is `execve`.
package func execute(_ executable: String, arguments: [String], environment: [String]) -> SystemError {
    do { try requireCStrings("execve", [executable] + arguments + environment) } catch { return error }
    return unsafe withCStrings(arguments) { arguments in
        unsafe withCStrings(environment) { environment in
            _ = unsafe execve(executable, arguments, environment)
            let errno = Errno.current
            return SystemError(call: "execve", errno: errno, subject: executable)
        }
    }
}
