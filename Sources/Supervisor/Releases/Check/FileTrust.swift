internal import Linux

/// Whether what the master goes by can be changed by its own user and root alone. Whoever can write to the state directory,
/// or to the configuration of a root master, says what the master starts, and as whom.
package struct FileTrust {
    let user: UInt32

    /// In the hands of root and of this user: the master's, or who deploys.
    package init(user: UInt32) { self.user = user }

    /// Whether what belongs to this user is in the master's hands or root's. (Whom the user namespace does not have, nobody
    /// in it can be: to an ordinary user's container the machine's own files belong to him.)
    func isOwn(_ uid: UInt32) -> Bool { uid == 0 || uid == user || ThisProcess.isOutside(uid) }

    /// The trouble with a file or directory, links not followed in its last part; nil: none, or it is not there.
    ///
    /// - Parameter asksGroups: whether a group may write to it that is nobody else's, see `isOpen`.
    func problem(with path: String, shown: String? = nil, what: String, asksGroups: Bool = false) -> Problem? {
        guard let status = try? Files.status(path, followingLinks: false) else { return nil }
        let shown = shown ?? path
        guard status.uid == 0 || status.uid == user else {
            return Problem(
                file: shown, found: "\(what) that belongs to user \(status.uid)", expected: "one of \(owners)",
                advice:
                    "if the site is that user's: \(SiteOwner(uid: status.uid).command("start")); otherwise: whoever "
                    + "can write it can run programs as the master's user; look through it, then: chown \(user) "
                    + ShellWord.quoted(path))
        }
        if status.kind == .link { return followed(path, shown, what, asksGroups) }
        guard asksGroups ? isOpen(status) : status.mode & 0o022 != 0 else { return nil }
        return Problem(
            file: shown, found: "\(what) that others may write to (mode \(String(status.mode, radix: 8)))",
            expected: "one that only \(owners) may write to",
            advice: "whoever can write it can run programs as the master's user; look through it, then: "
                + "chmod go-w \(ShellWord.quoted(path))")
    }

    private func followed(_ path: String, _ shown: String, _ what: String, _ asksGroups: Bool) -> Problem? {
        guard let real = try? Files.realPath(path) else { return nil }
        return problem(with: real, shown: shown, what: what, asksGroups: asksGroups)
    }

    private var owners: String { user == 0 ? "root" : "user \(user) or root" }

    /// Parts of the state directory that others could have written.
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
            guard var problem = problem(with: part, shown: shown, what: what, asksGroups: true) else { continue }
            let word = ShellWord.quoted(path)
            problem.found += ", and no user of its own to run as"
            problem.advice =
                "name the user in deployd.json: { user: \"www-data\" }, or, if it is to run as root: "
                + "chown -R root \(word) && chmod -R go-w \(word)"
            return problem
        }
        return nil
    }

    /// A part of the way to a file or directory that others can change, the file itself included.
    struct ForeignPart: Equatable {
        /// The part: a directory, a link, or the file.
        let place: String
        /// Why, as it stands behind the place: "belongs to user 1000".
        let why: String
        let kind: FileStatus.Kind
    }

    /// Others than the master's user and root who can change what has this absolute path, in words; nil: nobody can.
    package func holdOfOthers(onWayTo path: String) -> String? {
        foreignPart(onWayTo: path).map {
            $0.place == Paths.normalised(path) ? "\(path) \($0.why)" : "\($0.place), on the way to \(path), \($0.why)"
        }
    }

    /// The first part of the way to `path`, links followed one by one, that others can change; nil: none, or nothing is
    /// there. In a sticky directory, such as /tmp, others leave alone what is not theirs.
    func foreignPart(onWayTo path: String) -> ForeignPart? {
        var place = "/"
        var rest = Array(path.split(separator: "/").reversed())
        var linksLeft = Self.maxLinks
        while let name = rest.popLast() {
            guard name != "." else { continue }
            let next = name == ".." ? Paths.parent(place) : Paths.join(place, String(name))
            guard let status = try? Files.status(next, followingLinks: false) else { return nil }
            if let why = holdOfOthers(status) { return ForeignPart(place: next, why: why, kind: status.kind) }
            guard status.kind == .link else {
                place = next
                continue
            }
            guard linksLeft > 0, let target = try? Files.readLink(next) else { return nil }
            linksLeft -= 1
            if target.hasPrefix("/") { place = "/" }
            rest += target.split(separator: "/").reversed()
        }
        return nil
    }

    private func holdOfOthers(_ status: FileStatus) -> String? {
        guard isOwn(status.uid) else { return "belongs to user \(status.uid)" }
        guard status.kind != .link, !status.isSticky, isOpen(status) else { return nil }
        return "may be written to by others (mode \(String(status.mode, radix: 8)))"
    }

    /// Whether others may write to it by its permission bits. To root's master its own group is itself, and a group that
    /// has no members is nobody: Debian's staff, which has /usr/local/bin.
    private func isOpen(_ status: FileStatus) -> Bool {
        if status.mode & 0o002 != 0 { return true }
        guard status.mode & 0o020 != 0 else { return false }
        return user != 0 || status.gid != 0 && !GroupAccount.isNobodys(status.gid)
    }

    /// As the kernel's: that many links are followed. Source: path_resolution(7).
    private static let maxLinks = 40
}
