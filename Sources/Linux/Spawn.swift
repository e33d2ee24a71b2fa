import CLinux
import Glibc

/// A program to start, and everything that it gets from us.
package struct SpawnRequest: Sendable {
    /// The program's path; it is not looked for.
    package var executable: String
    /// All arguments, the name first.
    package var arguments: [String]
    /// The whole environment, as KEY=VALUE.
    package var environment: [String]
    /// What the child inherits: our number, and its number there. Nothing else is open in the child.
    package var descriptors: [(source: CInt, target: CInt)]
    /// Whether it leads a session of its own, away from our terminal.
    package var newSession: Bool

    /// A request without descriptors.
    package init(
        executable: String, arguments: [String], environment: [String],
        descriptors: [(source: CInt, target: CInt)] = [], newSession: Bool = false
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.newSession = newSession
    }
}

/// Starts a program with an empty signal mask and default handlers, and gives its pid. A program that cannot be
/// executed is an error here, not a child that dies. The corresponding C function is `posix_spawn`.
package func spawn(_ request: SpawnRequest) throws(SystemError) -> Int32 {
    // Sources are moved above every target first, so that no dup2 overwrites a source that is still to come.
    let highest = request.descriptors.map(\.target).max() ?? 2
    var moved: [(source: CInt, target: CInt)] = []
    defer { for one in moved { _ = Glibc.close(one.source) } }
    for one in request.descriptors {
        let copy = try system("fcntl") { fcntl(one.source, F_DUPFD_CLOEXEC, highest + 1) }
        moved.append((copy, one.target))
    }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for one in moved { unsafe posix_spawn_file_actions_adddup2(&actions, one.source, one.target) }
    _ = unsafe clinux_spawn_close_from(&actions, highest + 1)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (request.newSession ? 0x80 : 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    var pid: pid_t = 0
    let result = unsafe withCStrings(request.arguments) { arguments in
        unsafe withCStrings(request.environment) { environment in
            unsafe posix_spawn(&pid, request.executable, &actions, &attributes, arguments, environment)
        }
    }
    guard result == 0 else {
        throw SystemError(call: "posix_spawn", errno: Errno(rawValue: result), subject: request.executable)
    }
    return pid
}

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

private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe body(pointers)
}
