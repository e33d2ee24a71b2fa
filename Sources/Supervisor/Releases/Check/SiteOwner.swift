internal import Linux

/// The user whose site it is: the state directory is his, and a master that runs with it runs as him.
package struct SiteOwner: Equatable {
    let uid: UInt32

    /// The owner of a state directory; nil: there is none yet.
    init?(_ directory: StateDirectory) {
        guard let status = try? Files.status(directory.root) else { return nil }
        uid = status.uid
    }

    init(uid: UInt32) { self.uid = uid }

    /// The user, other than root, whose site it is by its state directory; nil: it is root's, or nobody's yet.
    package static func user(of configuration: Configuration) -> String? {
        SiteOwner(StateDirectory(configuration)).flatMap { $0.uid == 0 ? nil : $0.name }
    }

    /// As people call him.
    var name: String { UserAccount.find(uid: uid)?.name ?? "\(uid)" }

    /// A command to type as him, in backticks.
    func command(_ verb: String) -> String {
        guard uid != 0 else { return "`sudo deployd \(verb)`" }
        return "`sudo -u \(UserAccount.find(uid: uid)?.name ?? "'#\(uid)'") deployd \(verb)`"
    }

    /// That somebody else wants to be the master of his site; nil: it is he, or the site is root's, whose own users are told
    /// by what they may not write.
    func problem(for user: UInt32, _ configuration: Configuration) -> Problem? {
        guard uid != 0, uid != user else { return nil }
        let directory = StateDirectory(configuration)
        let (found, advice) = circumstances(of: directory, configuration, user: user)
        return Problem(
            file: directory.root, found: found, expected: "to be run as user \(JSONValue.quoted(name))", advice: advice)
    }

    /// A site that runs, or that workers of serve on, is never to change hands.
    private func circumstances(
        of directory: StateDirectory, _ configuration: Configuration, user: UInt32
    ) -> (found: String, advice: String) {
        let owner = "a state directory of user \(JSONValue.quoted(name))"
        if let pid = LockHolder.find(directory.lock) {
            return ("\(owner), whose master (pid \(pid)) runs", "\(command("status")) shows it")
        }
        if let leftovers = Leftovers(of: configuration) {
            return (
                "\(owner): \(leftovers)", "\(command("start")) takes it over, \(command("stop")) ends it"
            )
        }
        return (
            owner,
            "\(command("start")); or, to make the site user \(user)'s: whoever can write it can run programs as the "
                + "master's user; look through it, then: chown \(user) \(ShellWord.quoted(directory.root))"
        )
    }
}
