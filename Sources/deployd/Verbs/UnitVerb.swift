internal import Linux
internal import Supervisor

/// `deployd unit`: the systemd unit for the present configuration.
enum UnitVerb {
    static let verb = Verb(
        name: "unit",
        summary: "print a systemd unit for this configuration",
        details: """
            Prints a unit that runs this command with this configuration, as the user who runs `deployd unit`. If root runs it
            for the site of another user, who owns the state directory, the unit runs as that user. It changes nothing. To
            install it:

              deployd unit > /etc/systemd/system/deployd.service
              systemctl daemon-reload && systemctl enable --now deployd

            For a second site on the same machine, use /etc/deployd/two.json; its unit is deployd@two.service.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        guard installation.problems.isEmpty else { throw CommandError(installation.problems.map(\.description)) }
        if let note = installation.configuration.defaultsNote(installation.surroundings) {
            StandardError.line("note: \(note)", .information)
        }
        let executable: String
        do throws(SystemError) { executable = try ThisProcess.executable() } catch { throw CommandError(error) }
        let uid = installation.surroundings.userID
        let configuration = installation.configuration
        // A master of root's would refuse to begin there.
        let owner = uid == 0 ? SiteOwner.user(of: configuration) : nil
        let user = uid == 0 ? owner : UserAccount.find(uid: uid)?.name ?? "\(uid)"
        let unit = ServiceUnit(
            configuration, executable: executable, user: user,
            reason: owner.map { "The site is user \($0)'s, who owns its state: \(configuration.stateDirectory)" },
            written: written(configuration))
        let problems = unit.problems(file: configuration.shownFile(installation.surroundings))
        guard problems.isEmpty else { throw CommandError(problems.map(\.description)) }
        if let user, let state = unit.places.stateToMake, Files.kind(state) != .directory {
            let command = "install -d -m 711 -o \(user) \(ShellWord.quoted(state))"
            StandardError.line(
                "note: the service may write to its state, \(state), and not beside it: as root, `\(command)`",
                .information)
        }
        StandardOutput.write(unit.text)
        return .done
    }

    /// What the release that a start would serve writes to.
    private static func written(_ configuration: Configuration) -> [String] {
        let release = ReleaseLayout(configuration).current() ?? configuration.initialRelease
        guard let bytes = try? Files.read(Paths.join(release, Defaults.manifestFile), limit: 1 << 20) else { return [] }
        return WrittenPlaces(Manifest.read(bytes, directory: release, shownFile: "").value, release: release).all
    }
}
