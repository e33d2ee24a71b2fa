internal import Linux
internal import Supervisor

/// `deployd unit`: the systemd unit for the present configuration.
enum UnitVerb {
    private static let install = Option(
        name: "--install", help: "write it to /etc/systemd/system, unless somebody else's is there")

    static let verb = Verb(
        name: "unit", options: [install],
        summary: "print or install a systemd unit for this configuration",
        details: """
            Prints a unit that runs this command with this configuration, as the user who runs `deployd unit`. If root runs it
            for the site of another user, who owns the state directory, the unit runs as that user. With --install it is
            written to /etc/systemd/system, unless somebody else's unit is there, and systemd reads it:

              deployd unit --install
              systemctl enable --now deployd

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
        guard invocation.has(install.name) else {
            StandardOutput.write(unit.text)
            return .done
        }
        return try write(unit.text, installation)
    }

    /// Puts it where systemd looks, and has systemd look.
    private static func write(_ text: String, _ installation: Installation) throws(CommandError) -> ExitCode {
        let unit = UnitInstallation(text, of: installation.configuration)
        guard installation.surroundings.userID == 0 else {
            throw CommandError("unit: only root may write \(unit.file): \(installation.asRoot)")
        }
        let outcome: UnitInstallation.Outcome
        do throws(SystemError) { outcome = try unit.install() } catch { throw CommandError(error) }
        let lines: [String]
        switch outcome {
        case .foreign:
            throw CommandError(
                "unit: \(unit.file): found a unit that was written or changed by somebody else, which is left as it is; expected "
                    + "none, or what `deployd unit --install` wrote: move it away, and put changes of your own beside it "
                    + "(`systemctl edit \(unit.name)`)")
        case .another(let start):
            throw CommandError(
                "unit: \(unit.file): found the unit of another site (`deployd start \(start)`), which is left as it is; expected none, "
                    + "or one of this configuration: move it away, or give this site a unit of its own name (see `deployd@` in the page "
                    + "on systemd)")
        case .unchanged: lines = ["\(unit.file) is there already, as it is"]
        case .written: lines = ["wrote \(unit.file)"]
        case .replaced: lines = ["wrote \(unit.file) anew"]
        }
        if outcome != .unchanged { reloadManager() }
        StandardOutput.write((lines + ["to start it: systemctl enable --now \(unit.name)"]).map { $0 + "\n" }.joined())
        return .done
    }

    private static func reloadManager() {
        guard Files.kind("/run/systemd/system") == .directory else {
            return StandardError.line("note: systemd does not run this machine", .information)
        }
        guard let done = try? Tool.run("systemctl", ["daemon-reload"]), done.status == .exited(code: 0) else {
            return StandardError.line("note: systemd has not read it yet: `systemctl daemon-reload`", .information)
        }
    }

    /// What the release that a start would serve writes to.
    private static func written(_ configuration: Configuration) -> [String] {
        let release = ReleaseLayout(configuration).current() ?? configuration.initialRelease
        guard let bytes = try? Files.read(Paths.join(release, Defaults.manifestFile), limit: 1 << 20) else { return [] }
        return WrittenPlaces(Manifest.read(bytes, directory: release, shownFile: "").value, release: release).all
    }
}
