internal import Handoff
internal import Linux
internal import TLS

/// The certificates of a configuration as they lie on disk, and everything that is wrong with them.
///
/// Made by the master, for itself and for `deployd check`: workers never read these files.
struct CertificateReading {
    /// What can be served with, in the order of the configuration.
    private(set) var loaded: [LoadedCertificate] = []
    /// What cannot.
    private(set) var problems: [Problem] = []
    /// What is out of its time, and could be served with.
    private(set) var untimely: [Problem] = []
    /// What may surprise: a line each.
    private(set) var warnings: [String] = []

    private let settings: TLSSettings
    /// The configuration's name in problems.
    private let file: String
    private let trust: FileTrust
    /// As whom the workers run, if that is somebody else; nil: as the master, or nobody knows.
    private let workers: (name: String, identity: WorkerIdentity)?
    /// Since 1970.
    private let now: Duration

    /// Reads them all; nothing where no listener speaks TLS.
    ///
    /// - Parameter file: the configuration as the user knows it.
    init(_ configuration: Configuration, file: String, now: Duration = WallClock.now()) {
        settings = configuration.tls
        self.file = file
        self.now = now
        trust = FileTrust(user: ThisProcess.uid)
        workers = Self.workers(configuration)
        guard !configuration.secureListeners.isEmpty else {
            if !settings.certificates.isEmpty {
                warnings = [
                    "\(file): tls.certificates: no listener has `tls: true`, so nothing is served with them: "
                        + "{ listen: [{ address: \"[::]:443\", tls: true }] }"
                ]
            }
            return
        }
        let library: TLSLibrary
        do { library = try TLSLibrary.open() } catch {
            problems = [Self.missing(error, configuration, file)]
            return
        }
        for (index, files) in settings.certificates.enumerated() {
            read(files, "tls.certificates[\(index)]", library)
        }
    }

    /// What `deployd check` says of them. Who is neither root nor the master's user may not read them, and says nothing.
    init(_ configuration: Configuration, _ surroundings: Surroundings) {
        var asked = configuration
        if ThisProcess.uid != 0, ThisProcess.uid != surroundings.userID { asked.listeners = [] }
        self.init(asked, file: configuration.shownFile(surroundings))
    }

    /// Whether a worker could speak TLS with them.
    var isUsable: Bool { problems.isEmpty && !loaded.isEmpty }

    /// The certificates as workers get them.
    var content: [TLSKeys.Certificate] { loaded.map { TLSKeys.Certificate(chain: $0.chain, key: $0.key) } }

    private static func missing(_ error: TLSLibrary.Missing, _ configuration: Configuration, _ file: String) -> Problem
    {
        let index = configuration.listeners.firstIndex(where: \.isSecure) ?? 0
        return Problem(
            file: file, keyPath: "listen[\(index)].tls", found: "true, and no \(error.part) on this machine",
            expected: "OpenSSL 3, which speaks TLS for deployd", advice: "apt install libssl3")
    }

    private mutating func read(_ files: CertificateFiles, _ key: String, _ library: TLSLibrary) {
        let before = problems.count
        let chain = bytes(files.certificate, "\(key).certificate", limit: TLSKeys.maxChainBytes)
        let secret = bytes(files.key, "\(key).key", limit: TLSKeys.maxKeyBytes)
        checkSecret(files.key, "\(key).key")
        guard let chain, let secret, problems.count == before else { return }
        do {
            let certificate = try Certificate(chain: chain, key: secret, library)
            check(certificate, files, key)
            let candidate = TLSKeys.Certificate(chain: chain, key: secret)
            if problems.count == before, let obstacle = TrialHandshake.obstacle(to: candidate, library) {
                problems.append(refusal(obstacle, files, key))
            }
            loaded.append(LoadedCertificate(files: files, certificate: certificate, chain: chain, key: secret))
        } catch { problems.append(problem(error, files, key)) }
    }

    private mutating func bytes(_ path: String, _ key: String, limit: Int) -> [UInt8]? {
        let expected = key.hasSuffix(".key") ? "a private key" : "a certificate"
        do { return try Files.read(path, limit: limit) } catch {
            var problem = Problem(
                file: file, keyPath: key, unreadable: error, expected: "\(expected) at \(path)",
                advice: advice(error.errno, path))
            if problem.found == "nothing there" { (problem.found, problem.expected) = ("nothing at \(path)", expected) }
            problems.append(problem)
            return nil
        }
    }

    private func advice(_ errno: Errno, _ path: String) -> String {
        switch errno {
        case .notFound, .notADirectory: return issue(for: path)
        case .permissionDenied:
            return trust.user == 0 ? "" : "only its owner and root may read it: `sudo deployd check`"
        default: return ""
        }
    }

    /// The command by which certbot gets a certificate at this path. Source: certbot(1).
    private func issue(for path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        guard let live = parts.lastIndex(of: "live"), live + 1 < parts.count else {
            return "get one, or correct the path; docs/how-to/https.md shows how"
        }
        let webroot = settings.challenges ?? "/var/lib/deployd/challenges"
        return
            "`certbot certonly --webroot -w \(ShellWord.quoted(webroot)) -d \(ShellWord.quoted(parts[live + 1]))` gets one "
            + "while deployd serves on port 80, for which this listener is left out until then"
    }

    private static func workers(_ configuration: Configuration) -> (String, WorkerIdentity)? {
        guard let user = configuration.user,
            let identity = WorkerIdentity.find(user: user, group: configuration.group), identity.uid != 0,
            identity.uid != ThisProcess.uid
        else { return nil }
        return (user, identity)
    }

    /// That the site's own programs may read a private key, of which workers only get what they speak TLS with.
    private func workersWarning(_ real: String, _ status: FileStatus, _ key: String) -> String? {
        guard let workers, workers.identity.may(.read, WorkerIdentity.Permissions(status)),
            workers.identity.firstBarrier(to: Paths.parent(real)) == nil
        else { return nil }
        let word = ShellWord.quoted(real)
        let why = status.uid == workers.identity.uid ? "whose it is" : "by its group"
        return
            "\(file): \(key): \(real) may be read by \(JSONValue.quoted(workers.name)), as whom the site's programs run "
            + "(\(why), mode \(String(status.mode, radix: 8))): the master alone needs it: chown root \(word) && chmod 600 \(word)"
    }

    /// A private key is nobody else's business.
    private mutating func checkSecret(_ path: String, _ key: String) {
        guard let status = try? Files.status(path), status.kind == .file else { return }
        let real = (try? Files.realPath(path)) ?? path
        if status.mode & 0o007 != 0 {
            problems.append(
                Problem(
                    file: file, keyPath: key,
                    found:
                        "\(real), which every user of this machine may read or write (mode \(String(status.mode, radix: 8)))",
                    expected: "a private key that nobody else may read", advice: "chmod 600 \(ShellWord.quoted(real))"))
        } else if let problem = trust.problem(with: path, what: "a private key") {
            problems.append(problem)
        } else if let warning = workersWarning(real, status, key) {
            warnings.append(warning)
        }
    }

    /// What OpenSSL refuses in a worker, or no client takes: SHA-1, a weak issuer's key, a curve that is out of use.
    private func refusal(_ reason: String, _ files: CertificateFiles, _ key: String) -> Problem {
        Problem(
            file: file, keyPath: "\(key).certificate",
            found: "\(files.certificate), which cannot be served with: \(reason)",
            expected:
                "a certificate that today's clients take: ECDSA on P-256 or P-384, or RSA of 2048 bits, signed with SHA-256",
            advice: "`certbot renew --force-renewal --key-type ecdsa` makes another")
    }

    private mutating func check(_ certificate: Certificate, _ files: CertificateFiles, _ key: String) {
        if certificate.keyType == "RSA", certificate.keyBits < Self.fewestBits {
            problems.append(
                Problem(
                    file: file, keyPath: "\(key).key", found: "an RSA key of \(certificate.keyBits) bits",
                    expected: "at least \(Self.fewestBits): clients refuse a shorter one",
                    advice: "`certbot renew --force-renewal --key-type ecdsa` makes another"))
        }
        if certificate.names.isEmpty {
            problems.append(
                Problem(
                    file: file, keyPath: "\(key).certificate", found: "a certificate without a host's name",
                    expected: "one with the names of hosts (subjectAltName): clients look at nothing else"))
        }
        if let problem = timeProblem(certificate, files, "\(key).certificate") { untimely.append(problem) }
        if let warning = chainWarning(certificate, files, "\(key).certificate") { warnings.append(warning) }
    }

    private func timeProblem(_ certificate: Certificate, _ files: CertificateFiles, _ key: String) -> Problem? {
        let seconds = now.components.seconds
        if certificate.notAfter < seconds {
            return Problem(
                file: file, keyPath: key,
                found: "\(files.certificate), which expired on \(Self.day(certificate.notAfter))",
                expected: "a certificate that is valid", advice: "`certbot renew`; deployd takes the new one by itself")
        }
        guard certificate.notBefore > seconds else { return nil }
        return Problem(
            file: file, keyPath: key,
            found: "\(files.certificate), which is not valid before \(WallClock.text(.seconds(certificate.notBefore)))",
            expected: "a certificate that is valid",
            advice: "this machine says that it is \(WallClock.text(now)): `timedatectl` shows whether that is right")
    }

    /// certbot's `cert.pem` is the certificate without those that lead to one that clients know.
    private func chainWarning(_ certificate: Certificate, _ files: CertificateFiles, _ key: String) -> String? {
        let full = Paths.join(Paths.parent(files.certificate), "fullchain.pem")
        guard certificate.chainCount == 1, full != files.certificate, Files.kind(full) == .file else { return nil }
        return
            "\(file): \(key): \(files.certificate) has the certificate alone: clients that do not know its issuer refuse it; "
            + "\(full) has those between, too"
    }

    private func problem(_ error: CertificateError, _ files: CertificateFiles, _ key: String) -> Problem {
        let certificate = ShellWord.quoted(files.certificate)
        let secret = ShellWord.quoted(files.key)
        func problem(_ part: String, _ found: String, _ expected: String, _ advice: String = "") -> Problem {
            Problem(file: file, keyPath: "\(key).\(part)", found: found, expected: expected, advice: advice)
        }
        return switch error {
        case .none:
            problem(
                "certificate", "\(files.certificate), in which there is no certificate",
                "a certificate as PEM: -----BEGIN CERTIFICATE-----",
                "if it is DER: openssl x509 -inform der -in \(certificate) -out fullchain.pem")
        case .malformed:
            problem(
                "certificate", "\(files.certificate), which cannot be read as a whole",
                "certificates as PEM, one behind the other",
                "openssl storeutl -noout -text -certs \(certificate)")
        case .noKey:
            problem(
                "key", "\(files.key), in which there is no private key", "one as PEM: -----BEGIN PRIVATE KEY-----",
                "`openssl pkey -noout -in \(secret)` says what is wrong with it")
        case .encrypted:
            problem(
                "key", "\(files.key), which wants a passphrase",
                "a key without one: nobody types it when the machine boots",
                "openssl pkey -in \(secret) -out privkey.pem && chmod 600 privkey.pem")
        case .mismatch:
            problem(
                "key", "\(files.key), which is the key of another certificate", "that of \(files.certificate)",
                "these print the same for a pair: openssl x509 -noout -pubkey -in \(certificate); "
                    + "openssl pkey -pubout -in \(secret)")
        }
    }

    /// Source: SP 800-57; the security level of OpenSSL on Debian.
    private static let fewestBits = 2048

    /// The date of an instant, in seconds since 1970.
    static func day(_ seconds: Int64) -> String { String(WallClock.text(.seconds(seconds)).prefix(10)) }
}

/// A certificate that can be served with.
struct LoadedCertificate {
    let files: CertificateFiles
    let certificate: Certificate
    let chain: [UInt8]
    let key: [UInt8]
}
