internal import Linux

/// Whether what the master goes by can be changed by its own user and root alone. Whoever can write to the state directory,
/// or to the configuration of a root master, says what the master starts, and as whom.
struct FileTrust {
    /// The master's user.
    let user: UInt32

    /// The trouble with a file or directory, links not followed in its last part; nil: none, or it is not there.
    func problem(with path: String, shown: String? = nil, what: String) -> Problem? {
        guard let status = try? Files.status(path, followingLinks: false) else { return nil }
        let shown = shown ?? path
        guard status.uid == 0 || status.uid == user else {
            return Problem(
                file: shown, found: "\(what) that belongs to user \(status.uid)", expected: "one of \(owners)",
                advice: "if the site is that user's: \(SiteOwner(uid: status.uid).command("start")); else: whoever can "
                    + "write it can run programs as the master's user; look through it, then: chown \(user) \(path)")
        }
        if status.kind == .link { return followed(path, shown, what) }
        guard status.mode & 0o022 == 0 else {
            return Problem(
                file: shown, found: "\(what) that others may write to (mode \(String(status.mode, radix: 8)))",
                expected: "one that only \(owners) may write to",
                advice: "whoever can write it can run programs as the master's user; look through it, then: "
                    + "chmod go-w \(path)")
        }
        return nil
    }

    private func followed(_ path: String, _ shown: String, _ what: String) -> Problem? {
        guard let real = try? Files.realPath(path) else { return nil }
        return problem(with: real, shown: shown, what: what)
    }

    private var owners: String { user == 0 ? "root" : "user \(user) or root" }

    /// What the state directory has that others could have written.
    func problems(with directory: StateDirectory) -> [Problem] {
        let directories = directory.runtime == directory.root ? [directory.root] : [directory.root, directory.runtime]
        return directories.compactMap { problem(with: $0, what: "a state directory") }
            + [directory.stateFile, directory.history, directory.lock].compactMap {
                problem(with: $0, what: "a file of deployd's own")
            } + [problem(with: directory.logs, what: "a directory of logs")].compactMap { $0 }
    }

    /// A configuration that others could have written; only root's is held to that: another master can do nothing that its
    /// user cannot.
    func problem(withConfiguration file: String?, shown: String) -> Problem? {
        guard user == 0, let file else { return nil }
        return problem(with: file, shown: shown, what: "a configuration of root's master")
    }

    /// A release that would run as root, though others could have written it.
    func problem(withRelease path: String, shown: String, runsAs account: UInt32) -> Problem? {
        guard user == 0, account == 0 else { return nil }
        for (part, what) in [(path, "a release"), (Paths.join(path, Defaults.manifestFile), "a manifest")] {
            guard var problem = problem(with: part, shown: shown, what: what) else { continue }
            problem.found += ", and no user of its own to run as"
            problem.advice =
                "name the user in deployd.json: { user: \"www-data\" }, or, if it is to run as root: "
                + "chown -R root \(path) && chmod -R go-w \(path)"
            return problem
        }
        return nil
    }
}
