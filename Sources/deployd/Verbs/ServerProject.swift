internal import Linux
internal import Supervisor

/// `deployd init` for a server: its first deployd.json.
struct ServerProject {
    static let listen = Option(
        name: "--listen", value: "ADDRESS", help: "for a new deployd.json: where users connect (default 127.0.0.1:8080)"
    )
    static let user = Option(
        name: "--user", value: "USER",
        help: "for a new deployd.json: who the workers are (default: a web server's user)")
    static let https = Option(
        name: "--https", value: "HOST",
        help: "for a new deployd.json: prepare https for this host, and say what to type")

    private let invocation: Invocation
    private let surroundings: Surroundings

    init(_ invocation: Invocation, _ surroundings: Surroundings) {
        self.invocation = invocation
        self.surroundings = surroundings
    }

    /// Writes the file; an existing one is never changed.
    func write() throws(CommandError) -> ExitCode {
        var server = ServerConfiguration(file: try file())
        server.listen = invocation.value(of: Self.listen)
        server.host = invocation.value(of: Self.https)
        for (option, value, mistake) in [
            (Self.listen, server.listen, server.listen.flatMap(ServerConfiguration.mistake(inAddress:))),
            (Self.https, server.host, server.host.flatMap(ServerConfiguration.mistake(inHost:))),
        ] {
            guard let mistake else { continue }
            throw UsageError.badValue(option.name, found: value ?? "", expected: mistake).commandError("init")
        }
        if server.host != nil, server.listen.flatMap(SocketAddress.init(parsing:))?.port == 443 {
            throw UsageError.badValue(
                Self.listen.name, found: server.listen ?? "",
                expected: "with --https an address for plain HTTP, as \"0.0.0.0:80\": that for https is written too"
            ).commandError("init")
        }
        server.user = try user()
        server.hasUnit = ServerConfiguration.unitFiles(of: server.file).contains { Files.kind($0) == .file }
        server.releases = ReleaseLayout(releasesDirectory: server.releasesDirectory, baseDirectory: server.site)
            .releases()
            .filter { Files.kind(Paths.join($0, Defaults.manifestFile)) == .file }.map(Paths.name).sorted().reversed()
        try InitVerb.write([(server.file, server.text)])
        var lines = [
            "wrote \(server.file): \(server.host.map { "\($0), " } ?? "")releases in \(server.releasesDirectory)"
        ]
        if server.host != nil {
            try makeChallenges(server.challenges)
            lines.append("made \(server.challenges), for the proofs of an ACME client")
        }
        if server.releases.isEmpty {
            lines.append(
                "no release is there yet: `deployd init --server NAME \(server.releasesDirectory)/v1` begins one")
        }
        if !server.certificateCommands.isEmpty {
            lines.append("then, for https://\(server.host ?? ""):")
            lines += server.certificateCommands.map { "  \($0)" }
            if let note = server.proofsNote { lines.append("note: \(note)") }
        } else {
            lines.append("to check it: \(check(server.file))")
        }
        StandardOutput.write(lines.map { $0 + "\n" }.joined())
        return .done
    }

    /// Of this file, and not of another one that lies here.
    private func check(_ file: String) -> String {
        let isFound = Configuration.find(named: invocation.value(of: .config), surroundings: surroundings) == file
        return isFound ? invocation.advice.command("check") : "deployd check --config \(ShellWord.quoted(file))"
    }

    private var named: String? {
        invocation.value(of: .config) ?? surroundings.environment["DEPLOYD_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Where it is looked for: as the line or DEPLOYD_CONFIG says, else where the package's service does.
    private func file() throws(CommandError) -> String {
        if let named { return Paths.join(surroundings.workingDirectory, named) }
        guard surroundings.userID == 0 else {
            throw CommandError(
                "init: \(Defaults.systemConfigurationFile) is root's: `sudo deployd init`, or for a site of your own "
                    + "`deployd init --config deployd.json`", exitCode: .usage)
        }
        return Defaults.systemConfigurationFile
    }

    /// Only root's workers can be somebody else.
    private func user() throws(CommandError) -> String? {
        guard let name = invocation.value(of: Self.user) else {
            return surroundings.userID == 0 ? ServerConfiguration.knownUsers.first { UserAccount.find($0) != nil } : nil
        }
        guard let account = UserAccount.find(name) else {
            throw UsageError.badValue(Self.user.name, found: name, expected: "a user of this machine").commandError(
                "init")
        }
        guard surroundings.userID == 0 || account.uid == surroundings.userID else {
            throw UsageError.badValue(
                Self.user.name, found: name, expected: "you: only root's workers can be another user"
            )
            .commandError("init")
        }
        return name
    }

    private func makeChallenges(_ directory: String) throws(CommandError) {
        do throws(SystemError) {
            for place in Paths.ancestry(directory) where Files.kind(place) == nil {
                // (As the master makes its state directory; what lies in the last one is for everybody.)
                try Files.makeDirectory(place, mode: place == directory ? 0o755 : 0o711)
            }
        } catch {
            throw CommandError(error)
        }
    }
}
