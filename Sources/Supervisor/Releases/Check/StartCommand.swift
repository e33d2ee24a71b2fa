internal import Linux

extension Configuration {
    /// What starts a master with this configuration, in backticks, for this user to type: the service, where one is
    /// installed; else the command, as the user whose the state directory is, or the place where it has to be made.
    package func startCommand(for user: UInt32) -> String {
        let standing = Paths.ancestry(stateDirectory).last { (try? Files.status($0)) != nil }
        guard let standing, let status = try? Files.status(standing) else { return serviceCommand ?? "`deployd start`" }
        let isAnothers =
            standing == stateDirectory
            ? status.uid != user : user != 0 && Files.obstacle(to: [.write, .execute], standing) != nil
        return isAnothers ? startCommand(as: SiteOwner(uid: status.uid)) : serviceCommand ?? "`deployd start`"
    }

    /// The same where it is known that somebody else has to start it.
    func startCommand(as owner: SiteOwner) -> String { serviceCommand ?? owner.command("start") }

    /// The command that starts its service; nil if none is installed. A master started beside it would end with its
    /// terminal.
    private var serviceCommand: String? {
        InstalledUnit(of: self).map { "`\(ThisProcess.uid == 0 ? "" : "sudo ")systemctl start \($0.name)`" }
    }
}
