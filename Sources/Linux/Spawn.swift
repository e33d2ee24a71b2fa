import CLinux
import Glibc

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
