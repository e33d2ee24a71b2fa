internal import Linux

extension Errno {
    /// The error as a person reads it, and the limit that was met, with where it is set.
    var explained: String {
        guard self == .tooManyOpenFiles, let limit = try? ResourceLimit.files.current().soft else { return "\(self)" }
        return "\(self): the master may have \(limit) open files (LimitNOFILE= of the unit, or `ulimit -Hn`)"
    }
}

extension SystemError {
    /// The same, with what was attempted, and on what.
    var explained: String {
        // Source: fork(2), ERRORS.
        let limit =
            call == "posix_spawn" && errno == .wouldBlock
            ? ": no more processes may be started (TasksMax= of the unit, or `ulimit -u`)" : ""
        return subject.isEmpty
            ? "\(call): \(errno.explained)\(limit)" : "\(call) \(subject): \(errno.explained)\(limit)"
    }
}
