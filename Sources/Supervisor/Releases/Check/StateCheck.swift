internal import Linux

/// Checks that the master can keep its state: that it can make and write its directories, and read and write its files.
enum StateCheck {
    /// Problems for the user who asks.
    static func problems(_ configuration: Configuration, file: String) -> [Problem] {
        let directory = StateDirectory(configuration)
        let places =
            [directory.root, directory.runtime].uniqued() + (Files.kind(directory.logs) == nil ? [] : [directory.logs])
        let ofPlaces = places.compactMap { placeProblem($0, file, configuration) }
        // In another user's state directory every file is his, and that is told once.
        if let owner = SiteOwner(directory), owner.uid != ThisProcess.uid, let first = ofPlaces.first { return [first] }
        let files = [directory.lock, directory.stateFile, directory.history]
        return ofPlaces + files.compactMap { fileProblem($0, directory, configuration) }
            + [CopiedState(in: directory)?.problem, missingFile(configuration)].compactMap { $0 }
    }

    /// That no configuration is found where the last master had one: the site would be served by the defaults, at another
    /// address and perhaps as another user. Nil: there is one, or that master had none.
    static func missingFile(_ configuration: Configuration) -> Problem? {
        let directory = StateDirectory(configuration)
        guard configuration.file == nil, let file = (try? directory.readState())?.file, !file.isEmpty else {
            return nil
        }
        let isThere = Files.kind(file) != nil
        return Problem(
            file: Paths.join(configuration.directory, Defaults.configurationFile), found: "no file",
            expected: "that of the last master with the state directory \(directory.root), \(file)",
            advice: isThere
                ? "name it with --config \(ShellWord.quoted(file))"
                : "put it back; if the defaults are meant: `echo '{}' > \(Defaults.configurationFile)`")
    }

    /// A directory that is not there yet is made in the first one above it that is.
    private static func placeProblem(_ place: String, _ file: String, _ configuration: Configuration) -> Problem? {
        guard let standing = Paths.ancestry(place).last(where: { (try? Files.status($0)) != nil }) else { return nil }
        let isThere = standing == place
        let what = isThere ? place : "\(place), to be created in \(standing)"
        guard Files.kind(standing) == .directory else {
            return problem(file, "\(what), which is no directory", "a directory for the state")
        }
        guard let obstacle = Files.obstacle(to: [.write, .execute], standing) else { return nil }
        return problem(
            file, "\(what): \(obstacle)", "a directory in which this user may write",
            obstacle == .readOnly ? closedRemedy(place, isThere: isThere) : remedy(obstacle, standing, configuration))
    }

    private static func problem(
        _ file: String, _ found: String, _ expected: String, _ advice: String = StateCheck.elsewhere
    ) -> Problem {
        Problem(file: file, keyPath: "state", found: found, expected: expected, advice: advice)
    }

    private static let elsewhere = "set `state` in deployd.json to another place"

    /// A remedy where nobody may write, as a rule within a unit's sandbox: that leaves the state directory open, not its parent.
    static func closedRemedy(_ place: String, isThere: Bool) -> String {
        guard !isThere else {
            return "if it is a service: `deployd unit` prints a unit that may write there; or \(elsewhere)"
        }
        let user = UserAccount.find(uid: ThisProcess.uid)?.name ?? "\(ThisProcess.uid)"
        return "make it, as root: install -d -m 711 -o \(user) \(ShellWord.quoted(place)); or \(elsewhere)"
    }

    /// A remedy where somebody may not write.
    private static func remedy(_ obstacle: Errno, _ place: String, _ configuration: Configuration) -> String {
        guard obstacle == .permissionDenied, let status = try? Files.status(place), status.uid != ThisProcess.uid else {
            return elsewhere
        }
        return "it belongs to user \(JSONValue.quoted(SiteOwner(uid: status.uid).name)): "
            + "\(configuration.startCommand(as: SiteOwner(uid: status.uid))), or \(elsewhere)"
    }

    private static func fileProblem(
        _ path: String, _ directory: StateDirectory, _ configuration: Configuration
    ) -> Problem? {
        guard let kind = try? Files.status(path, followingLinks: false).kind else { return nil }
        guard kind == .file else {
            return Problem(
                file: path, found: "something other than a file", expected: "a file of the master's",
                advice: "move it away")
        }
        return Files.obstacle(to: [.read, .write], path).map {
            Problem(
                file: path, found: "\($0)", expected: "a file that this user may read and write",
                advice: ownAdvice(path, directory, configuration))
        }
    }

    /// To give away one file of many helps nobody in a directory that is another's.
    private static func ownAdvice(
        _ path: String, _ directory: StateDirectory, _ configuration: Configuration
    ) -> String {
        guard let owner = SiteOwner(directory), owner.uid != ThisProcess.uid else {
            return "as root: chown \(ThisProcess.uid) \(ShellWord.quoted(path))"
        }
        return "the state directory belongs to user \(JSONValue.quoted(owner.name)): "
            + configuration.startCommand(as: owner)
    }
}
