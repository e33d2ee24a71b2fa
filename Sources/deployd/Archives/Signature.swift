internal import Linux
internal import Supervisor

/// Whether an archive was signed by somebody who may: by `ssh-keygen -Y verify`, whose file of allowed signers may say until when.
///
/// Source: ssh-keygen(1), ALLOWED SIGNERS.
struct Signature {
    /// What the signature is for: one that was made for something else does not count.
    private static let namespace = "deployd"

    /// The file of those who may sign.
    let signers: String
    /// The signature's file.
    let file: String

    /// - Parameter named: the signature's file as the person has it; nil: beside the archive's.
    init(signers: String, named: String?, of source: Archive.Source) throws(CommandError) {
        try Self.requireTrust(in: signers)
        self.signers = signers
        switch (named, source) {
        case (let named?, _): file = named
        case (nil, .file(let archive)): file = "\(archive).sig"
        case (nil, .standardInput):
            throw CommandError("deploy: --verify: say with --signature FILE where the signature of standard input is")
        }
        guard Files.kind(signers) == .file, Files.isReadable(signers) else {
            throw CommandError(
                "deploy: --verify: \(signers) cannot be read; expected a file of allowed signers, as ssh-keygen(1) has it"
            )
        }
        guard Files.kind(file) == .file, Files.isReadable(file) else {
            throw CommandError(
                "deploy: --verify: \(file) cannot be read; a signature is made by "
                    + "`ssh-keygen -Y sign -f KEY -n \(Self.namespace) app.tar.gz`")
        }
    }

    /// Whoever may write to the file of signers may sign.
    private static func requireTrust(in signers: String) throws(CommandError) {
        let place = (try? Files.workingDirectory()).map { Paths.join($0, signers) } ?? signers
        guard let hold = FileTrust(user: ThisProcess.uid).holdOfOthers(onWayTo: place) else { return }
        throw CommandError(
            "deploy: --verify: \(hold): who can change it could allow anybody to sign; keep the file where only root writes "
                + "(chown root, chmod go-w)")
    }

    /// Refuses an archive that none of them has signed. Returns who has.
    func verify(_ archive: String) throws(CommandError) -> String {
        let why = "none of the signers in \(signers) has signed it"
        let found = try Tool.run("ssh-keygen", ["-Y", "find-principals", "-s", file, "-f", signers]).orFail(why)
        guard let signer = found.split(separator: "\n").first.map(String.init) else {
            throw CommandError("deploy: \(why)")
        }
        let content: FileDescriptor
        do { content = try Files.open(archive) } catch { throw CommandError("deploy: \(error)") }
        try Tool.run(
            "ssh-keygen",
            ["-Y", "verify", "-f", signers, "-I", signer, "-n", Self.namespace, "-s", file], input: content.number
        ).orFail("the signature does not hold")
        return signer
    }
}
