import Glibc

/// Becomes another program: returns only when that failed. Descriptors that are not close-on-exec go along. The
/// corresponding C function is `execve`.
package func execute(_ executable: String, arguments: [String], environment: [String]) -> SystemError {
    unsafe withCStrings(arguments) { arguments in
        unsafe withCStrings(environment) { environment in
            _ = unsafe execve(executable, arguments, environment)
            return SystemError(call: "execve", errno: Errno.current, subject: executable)
        }
    }
}
