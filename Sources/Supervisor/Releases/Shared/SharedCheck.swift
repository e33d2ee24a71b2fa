internal import Linux

/// Checks that the directories that releases share can be made, and that a release has room for its links to them. It
/// changes nothing.
struct SharedCheck {
    let configuration: Configuration
    let surroundings: Surroundings
    /// The release, absolute and without links, and as the user knows it.
    let release: (path: String, shown: String)
    /// The name of the configuration in problems.
    let file: String

    var problems: [Problem] {
        configuration.shared.flatMap { shared in
            [placeProblem(shared), kindProblem(shared)].compactMap { $0 } + accountProblems(shared)
                + [linkProblem(shared), isLinked(shared) ? nil : lost(shared)?.problem(shared, file: file)].compactMap {
                    $0
                }
        }
    }

    /// Directories that are gone, and that the release has served with: it goes on without them.
    var warnings: [String] {
        configuration.shared.filter(isLinked).compactMap { shared in lost(shared)?.warning(shared, file: file) }
    }

    private func lost(_ shared: SharedDirectory) -> LostDirectory? {
        LostDirectory(shared, in: ReleaseLayout(configuration), startedBy: release.path)
    }

    private func isLinked(_ shared: SharedDirectory) -> Bool {
        SharedPlacement.leads(Paths.join(release.path, shared.link), to: shared.directory)
    }

    /// What is removed with releases, or is deployd's own, is no place for what is to stay.
    private func placeProblem(_ shared: SharedDirectory) -> Problem? {
        let real = (try? Files.realPath(shared.directory)) ?? shared.directory
        let state = StateDirectory(configuration)
        let others = [
            (ReleaseLayout(configuration).releasesDirectory, "the directory of releases"),
            (state.root, "the state directory"), (release.path, "the release"),
        ]
        for (other, name) in others where Paths.contains(other, real) || Paths.contains(real, other) {
            return Problem(
                file: file, keyPath: shared.key,
                found: "\(shared.directory), which \(Paths.contains(other, real) ? "lies in" : "contains") \(name)",
                expected: "a directory of its own, apart from releases and state")
        }
        return nil
    }

    private func kindProblem(_ shared: SharedDirectory) -> Problem? {
        let above =
            Paths.ancestry(shared.directory).last { (try? Files.status($0, followingLinks: false)) != nil } ?? "/"
        guard Files.kind(above) == .directory else {
            return Problem(
                file: file, keyPath: shared.key, found: "\(above), which is no directory", expected: "a directory")
        }
        // Root may write everywhere, and what another master may is asked of the kernel when it is this user's.
        guard above != shared.directory, surroundings.userID != 0, surroundings.userID == ThisProcess.uid,
            !Files.isWritable(above)
        else { return nil }
        return Problem(
            file: file, keyPath: shared.key,
            found: "no \(shared.directory), and \(above), to which deployd may not write",
            expected: "a directory that exists, or that can be made",
            advice: "sudo install -d -o USER \(ShellWord.quoted(shared.directory))")
    }

    private func accountProblems(_ shared: SharedDirectory) -> [Problem] {
        var problems: [Problem] = []
        if let owner = shared.owner {
            let account = UserAccount.find(owner)
            if account == nil {
                problems.append(
                    Problem(
                        file: file, keyPath: "\(shared.key).owner", found: JSONValue.quoted(owner),
                        expected: "a user of this machine", advice: "`getent passwd` lists them"))
            } else if surroundings.userID != 0, account?.uid != surroundings.userID {
                problems.append(
                    Problem(
                        file: file, keyPath: "\(shared.key).owner", found: JSONValue.quoted(owner),
                        expected: "the user who starts deployd", advice: "only root can give a directory to others"))
            }
        }
        if let group = shared.group, GroupAccount.find(group) == nil {
            problems.append(
                Problem(
                    file: file, keyPath: "\(shared.key).group", found: JSONValue.quoted(group),
                    expected: "a group of this machine", advice: "`getent group` lists them"))
        }
        return problems
    }

    /// What a person put where the link is to be stays as it is.
    private func linkProblem(_ shared: SharedDirectory) -> Problem? {
        let expected = "nothing, or a link to \(shared.directory) (`\(shared.key)` in \(file))"
        var place = release.path
        let parts = shared.link.split(separator: "/")
        for (index, part) in parts.enumerated() {
            place = Paths.join(place, String(part))
            guard let status = try? Files.status(place, followingLinks: false) else { return nil }
            let shown = Paths.join(release.shown, Paths.shortened(place, from: release.path))
            if index < parts.count - 1 {
                if status.kind == .directory { continue }
                return Problem(
                    file: shown, found: status.kind == .link ? "a link" : "a file",
                    expected: "a directory, in which there is a link to \(shared.directory)")
            }
            if SharedPlacement.leads(place, to: shared.directory) { return nil }
            return Problem(
                file: shown, found: Self.found(place, status.kind), expected: expected,
                advice: advice(place, status.kind, shared))
        }
        return nil
    }

    private func advice(_ place: String, _ kind: FileStatus.Kind, _ shared: SharedDirectory) -> String {
        guard kind == .directory else { return "remove it from the release, or name another place" }
        let isEmpty = (try? Files.list(place))?.isEmpty == true
        return (isEmpty ? "" : "move what is in it to \(ShellWord.quoted(shared.directory)), then ")
            + "rmdir \(ShellWord.quoted(place))"
    }

    private static func found(_ place: String, _ kind: FileStatus.Kind) -> String {
        switch kind {
        case .link: return "a link to \((try? Files.readLink(place)) ?? "something else")"
        case .directory:
            let count = (try? Files.list(place))?.count ?? 0
            return count == 0 ? "an empty directory" : "a directory with \(count == 1 ? "1 entry" : "\(count) entries")"
        case .file, .socket, .other: return "a file"
        }
    }
}
