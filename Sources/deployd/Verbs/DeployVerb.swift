internal import Linux
internal import Supervisor

/// `deployd deploy`: a release beside the serving one, checked, and then in its place.
enum DeployVerb {
    static let verb = Verb(
        name: "deploy", operands: [Verb.Operand(name: "RELEASE")],
        options: [canary, .message, dryRun, name, verify, signature, .wait, .timeout, .json],
        synonyms: ["push", "ship", "publish"],
        summary: "replace the release that serves",
        details: """
            Boots RELEASE (a path, or a name in the releases directory) beside the one that serves, probes it, moves new
            connections to it, watches it, and commits. If any of this fails, the old release serves on. Ctrl-C before
            the cut-over cancels the deploy and waits for the outcome (a second Ctrl-C does not wait); after the cut-over
            it leaves with exit code 0, and the deploy continues. With --canary a share of new connections goes to
            RELEASE first, until `deployd promote` or `deployd abort`. RELEASE may also be a tar archive, or - for one on
            standard input: it is unpacked into the releases directory, all of it or nothing, and then deployed. With --dry-run
            it is only checked, and nothing is started, kept or changed.
            """,
        run: { invocation throws(CommandError) in
            let percent = try percent(invocation)
            _ = try DeployDialogue.message(invocation)
            if invocation.has(dryRun.name) { return try dryRun(invocation) }
            let release = try unpacked(invocation) ?? invocation.operands[0]
            return try DeployDialogue(invocation).run(.deploy, release: release, subject: "deploy of \(release)") {
                $0.canary = invocation.has(canary.name) ? true : nil
                $0.canaryPercent = percent
            }
        })

    private static let canary = Option(
        name: "--canary", value: "PERCENT", isValueOptional: true,
        help: "begin with a share of new connections (default: as in release.json, or 10), and hold it")

    private static let dryRun = Option(
        name: "--dry-run", help: "check all that can be known without starting anything, and say what would be done")
    private static let name = Option(
        name: "--name", value: "NAME",
        help: "what the unpacked release is called (default: the time, and the archive's name)")
    private static let verify = Option(
        name: "--verify", value: "SIGNERS",
        help: "take an archive only if one of these has signed it (ssh-keygen's allowed signers)")
    private static let signature = Option(
        name: "--signature", value: "FILE", help: "where the signature is (default: beside the archive, with .sig)")

    /// Who must have signed an archive; nil: nobody.
    private static func seal(_ invocation: Invocation, of archive: Archive) throws(CommandError) -> Signature? {
        if invocation.has(signature.name), !invocation.has(verify.name) {
            throw CommandError(
                "deploy: --signature says where the signature is, and --verify SIGNERS who may have made it: give both",
                exitCode: .usage)
        }
        return try invocation.value(of: verify).map { signers throws(CommandError) in
            try Signature(signers: signers, named: invocation.value(of: signature), of: archive.source)
        }
    }

    /// Refuses an archive that none of them has signed, and says who has.
    private static func tellSigner(_ seal: Signature?, of file: String) throws(CommandError) {
        guard let seal else { return }
        StandardError.line("note: signed by \(ForeignText.line(try seal.verify(file)))", .information)
    }

    private static func dryRun(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        for option in [Option.json, .wait, .timeout] where invocation.has(option.name) {
            throw CommandError(
                "deploy: --dry-run waits for nothing and prints text: leave \(option.name) out", exitCode: .usage)
        }
        let installation = try Installation(invocation)
        let releases = ReleaseLayout(installation.configuration).releasesDirectory
        let dryRun = DryRun(invocation, installation)
        guard let archive = Archive(operand: invocation.operands[0], releases: releases) else {
            try requireArchive(invocation)
            return try dryRun.run(invocation.operands[0])
        }
        let seal = try seal(invocation, of: archive)
        if let text = invocation.value(of: name) { try archive.requireFree(try ReleaseName(text)) }
        return try dryRun.run(archive) { file throws(CommandError) in try tellSigner(seal, of: file) }
    }

    private static func requireArchive(_ invocation: Invocation) throws(CommandError) {
        for option in [name, verify, signature] where invocation.has(option.name) {
            throw CommandError("deploy: \(option.name) is for an archive, and \(invocation.operands[0]) is none")
        }
    }

    /// The release that was in an archive; nil where no archive is meant.
    private static func unpacked(_ invocation: Invocation) throws(CommandError) -> String? {
        let installation = try Installation(invocation)
        let releases = ReleaseLayout(installation.configuration).releasesDirectory
        guard let archive = Archive(operand: invocation.operands[0], releases: releases) else {
            try requireArchive(invocation)
            return nil
        }
        let seal = try seal(invocation, of: archive)
        let chosen = try invocation.value(of: name).map { text throws(CommandError) in try ReleaseName(text) }
        // A master that is not there would be found only when all is unpacked.
        _ = try installation.connect()
        let free = ReleaseName(of: archive.source, now: WallClock.now()) { name in
            (try? Files.status(Paths.join(releases, name), followingLinks: false)) != nil
        }
        let release = try archive.unpack(as: chosen ?? free) { file throws(CommandError) in
            try tellSigner(seal, of: file)
        }
        StandardError.line("note: unpacked as \(release)", .information)
        return release
    }

    private static func percent(_ invocation: Invocation) throws(CommandError) -> Int? {
        guard let text = invocation.value(of: canary), !text.isEmpty else { return nil }
        return try invocation.number(text, called: canary.name, in: 1...99)
    }

    /// The canary that the line asks for.
    static func canaryTerms(_ invocation: Invocation) throws(CommandError) -> DeployTerms {
        let percent = try percent(invocation)
        return DeployTerms(canary: percent.map { .percent($0) } ?? (invocation.has(canary.name) ? .own : nil))
    }
}
