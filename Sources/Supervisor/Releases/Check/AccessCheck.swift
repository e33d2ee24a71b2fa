internal import Linux

/// Whether the workers' user gets to where the workers have to go.
struct AccessCheck {
    let release: ResolvedRelease
    /// The workers' user as it was written.
    let user: String
    let identity: WorkerIdentity
    /// The release's name in problems.
    let file: String

    /// What the workers of a release could not enter, read or execute, judged by permission bits. Workers that are the
    /// master's user are not judged: they get where it gets.
    static func problems(
        _ release: ResolvedRelease, configuration: Configuration, surroundings: Surroundings
    ) -> [Problem] {
        guard let user = release.user, let identity = WorkerIdentity.find(user: user, group: release.group) else {
            return []
        }
        let file = Paths.shortened(release.path, from: surroundings.workingDirectory)
        let check = AccessCheck(release: release, user: user, identity: identity, file: file)
        let ways = [
            check.barrier(to: release.path, what: "the release"),
            check.barrier(to: release.workingDirectory, what: "its directory"),
            check.barrier(to: Paths.parent(release.executable), what: "the command's directory"),
            check.barrier(
                to: configuration.runtimeDirectory, what: "the state directory, where they say that they are ready"),
        ].compactMap { $0 }
        var seen: Set<String> = []
        return ways.filter { seen.insert($0.found).inserted } + [check.programProblem()].compactMap { $0 }
    }

    private func barrier(to path: String, what: String) -> Problem? {
        identity.firstBarrier(to: path).map {
            Problem(
                file: file, found: "\($0), which user \(JSONValue.quoted(user)) may not enter",
                expected: "a way for the workers into \(what)",
                advice: "chmod o+x \($0), or give it a group of the user's")
        }
    }

    private func programProblem() -> Problem? {
        guard let status = try? Files.status(release.executable),
            !identity.may(.execute, WorkerIdentity.Permissions(status))
        else { return nil }
        return Problem(
            file: file, keyPath: "command[0]",
            found: "\(release.executable), which user \(JSONValue.quoted(user)) may not execute",
            expected: "a program for the workers", advice: "chmod o+rx \(release.executable)")
    }
}
