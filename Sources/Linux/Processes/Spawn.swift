import CLinux
import Glibc

/// Starts a program with an empty signal mask and default handlers, and gives its pid, which the caller must reap. A
/// program that cannot be executed is an error here, not a child that dies. Blocks until the program has begun. The
/// corresponding C function is `posix_spawn`.
package func spawn(_ request: SpawnRequest) throws(SystemError) -> Int32 {
    try requireCStrings("posix_spawn", [request.executable] + request.arguments + request.environment)
    var actions = unsafe posix_spawn_file_actions_t()
    try check(unsafe posix_spawn_file_actions_init(&actions), request)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    var moved: [CInt] = []
    defer { for copy in moved { _ = Glibc.close(copy) } }
    try unsafe addDescriptors(of: request, to: &actions, &moved)

    var attributes = posix_spawnattr_t()
    try check(unsafe posix_spawnattr_init(&attributes), request)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    try addSignals(of: request, to: &attributes)

    var pid: pid_t = 0
    let result = unsafe withCStrings(request.arguments) { arguments in
        unsafe withCStrings(request.environment) { environment in
            unsafe posix_spawn(&pid, request.executable, &actions, &attributes, arguments, environment)
        }
    }
    try check(result, request)
    return pid
}

/// Lists what the child does with its descriptors. Sources are moved above every target first, so that no dup2
/// overwrites a source that is still to come; what lies between the targets, and all above them, is closed.
private func addDescriptors(
    of request: SpawnRequest, to actions: inout posix_spawn_file_actions_t, _ moved: inout [CInt]
) throws(SystemError) {
    let targets = request.descriptors.map(\.target)
    let highest = max(2, targets.max() ?? 2)
    for one in request.descriptors {
        let copy = try system("fcntl", "descriptor \(one.source)") { fcntl(one.source, F_DUPFD_CLOEXEC, highest + 1) }
        moved.append(copy)
        try check(unsafe posix_spawn_file_actions_adddup2(&actions, copy, one.target), request)
    }
    for number in 3..<(highest + 1) where !targets.contains(number) {
        try check(unsafe posix_spawn_file_actions_addclose(&actions, number), request)
    }
    try check(unsafe clinux_spawn_close_from(&actions, highest + 1), request)
}

private func addSignals(of request: SpawnRequest, to attributes: inout posix_spawnattr_t) throws(SystemError) {
    var none = sigset_t()
    unsafe sigemptyset(&none)
    var all = sigset_t()
    unsafe sigfillset(&all)
    try check(unsafe posix_spawnattr_setsigmask(&attributes, &none), request)
    try check(unsafe posix_spawnattr_setsigdefault(&attributes, &all), request)
    // POSIX_SPAWN_SETSID is behind _GNU_SOURCE.
    let session: CInt = request.newSession ? 0x80 : 0
    let flags = CInt(POSIX_SPAWN_SETSIGMASK) | CInt(POSIX_SPAWN_SETSIGDEF) | session
    try check(unsafe posix_spawnattr_setflags(&attributes, Int16(flags)), request)
}

/// These functions answer with the error number itself and leave `errno` alone.
private func check(_ result: CInt, _ request: SpawnRequest) throws(SystemError) {
    if result != 0 {
        throw SystemError(call: "posix_spawn", errno: Errno(rawValue: result), subject: request.executable)
    }
}
