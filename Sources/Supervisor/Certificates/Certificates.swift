internal import DeployCore
internal import Handoff
internal import Linux
internal import TLS

/// The certificates with which workers speak TLS, and the keys of their tickets: read, watched, renewed, and put into a
/// ``CertificateBundle`` for the workers.
///
/// A part of the master: it owns the bundle, which the keeper holds too, so that a master that goes on where another was killed
/// has it whatever has become of the files, and so that tickets stay good. It is never on disk.
final class Certificates {
    /// From the first word of a change until the files are read: whoever writes them writes several.
    private static let settling = Duration.milliseconds(500)
    /// How long files that do not fit together are taken for a change that is under way.
    private static let patience = Duration.seconds(5)
    /// How often it is looked again while what lies there cannot be used.
    private static let retry = Duration.seconds(5)

    private let settings: CurrentSettings
    private let keeper: LaneKeeper
    private let loop: EventLoop
    private let log: MasterLog
    private var watch: CertificateWatch?
    /// The files as they were when they were read last.
    private var places: CertificatePlaces?
    /// What workers get; nil: no listener speaks TLS, or there is nothing that could be served with.
    private(set) var bundle: CertificateBundle?
    /// The certificates in the bundle.
    private(set) var known: [KnownCertificate] = []
    /// Why the files on disk are not in the bundle.
    private(set) var troubles: [Problem] = []
    /// When files are looked at that may have changed, and since when they do not fit together.
    private var lookAt: Instant?
    private var oddSince: Instant?
    private var rotateAt: Instant?
    /// What is served now; nil: nothing that says for which hosts.
    var served: () -> ServedHosts? = { nil }
    /// Tells the workers of a new bundle.
    var tell: () -> Void = {}

    /// Goes on with an earlier master's bundle, or with none; reads no file yet.
    init(
        _ settings: CurrentSettings, _ bundle: CertificateBundle?, _ keeper: LaneKeeper, _ loop: EventLoop,
        _ log: MasterLog
    ) {
        self.settings = settings
        self.bundle = bundle
        self.keeper = keeper
        self.loop = loop
        self.log = log
        describe()
    }

    /// Where the proofs for ACME lie; nil: nowhere.
    var proofs: String? { settings.configuration.tls.proofs }

    private var isNeeded: Bool { !settings.configuration.secureListeners.isEmpty }

    /// Reads the files and begins to watch them, before the first worker is started.
    func begin() {
        settle(read())
        if isNeeded, bundle == nil { log("no certificate can be used, and no listener can speak TLS", .error) }
    }

    /// The settings may have changed, or somebody asks: the files are read now.
    ///
    /// - Returns: what has changed, a line each.
    func reload() -> [String] {
        let before = known
        settle(read())
        oddSince = nil
        let news = known.filter { !before.contains($0) }
        return news.map { "tls: \($0.files?.certificate ?? "a certificate") is new: \($0.summary), from now on" }
    }

    /// What a person has to do.
    func problems(at now: Duration = WallClock.now()) -> [ProblemReport] {
        let isKept = bundle != nil
        return troubles.map { problem in
            ProblemReport(
                "\(problem.file): \(problem.keyPath): found \(problem.found), expected \(problem.expected)"
                    + (isKept ? "; the certificates of before stay in use" : ""), advice: problem.advice)
        } + known.compactMap { $0.problem(at: now) }
    }

    /// What can be told of them.
    func reports(at now: Duration = WallClock.now()) -> [CertificateReport] { known.map { $0.report(at: now) } }
}

// Reading.
extension Certificates {
    /// Reads the files, and makes a bundle of them if they can be served with and are new.
    ///
    /// - Returns: what keeps them from it.
    private func read() -> [Problem] {
        guard isNeeded else {
            forget()
            return []
        }
        let configuration = settings.configuration
        let places = CertificatePlaces(configuration.tls)
        self.places = places
        watch(places.directories)
        let reading = CertificateReading(configuration, file: configuration.shownFile(settings.surroundings))
        guard reading.isUsable else { return reading.problems }
        // One that is out of its time does not take the place of one that is not.
        let now = WallClock.now().components.seconds
        if let worse = reading.untimely.first, !known.isEmpty, known.allSatisfy({ $0.certificate.isTimely(at: now) }) {
            return [worse]
        }
        // `check` and a deploy would refuse it: a renewal is held to the same.
        let losses = served()?.losses(reading.loaded.map(\.certificate), inPlaceOf: known.map(\.certificate)) ?? []
        guard known.isEmpty || losses.isEmpty else { return losses }
        return take(reading)
    }

    private func take(_ reading: CertificateReading) -> [Problem] {
        var old = bundle?.keys()
        defer { old?.wipe() }
        let tickets = TicketKeys(goingOnWith: old?.ticketKeys ?? [], at: WallClock.now())
        if old?.certificates != reading.content || old?.ticketKeys != tickets.keys {
            do { try put(TLSKeys(certificates: reading.content, ticketKeys: tickets.keys)) } catch {
                return [
                    Problem(
                        file: settings.configuration.shownFile(settings.surroundings), keyPath: "tls.certificates",
                        found: "no memory for them (\(error))", expected: "room for the certificates")
                ]
            }
        }
        planRotation(tickets)
        known = reading.loaded.map { KnownCertificate(files: $0.files, certificate: $0.certificate) }
        settings.certificates = known.map(\.certificate)
        return []
    }

    /// Puts a new bundle in the place of the one that there is.
    private func put(_ keys: TLSKeys) throws(SystemError) {
        let old = bundle
        let new = try CertificateBundle(keys, number: (old?.number ?? 0) + 1)
        keeper.keep(new.descriptor, LaneName.make(CertificateBundle.keptName, new.number))
        if let old { keeper.forget(LaneName.make(CertificateBundle.keptName, old.number)) }
        bundle = new
        tell()
    }

    private func forget() {
        if let bundle { keeper.forget(LaneName.make(CertificateBundle.keptName, bundle.number)) }
        bundle = nil
        known = []
        settings.certificates = []
        (lookAt, oddSince, rotateAt, places) = (nil, nil, nil, nil)
        guard let watch else { return }
        loop.forgetPause(Token(.certificates))
        loop.remove(watch.number)
        self.watch = nil
    }

    /// What is in a bundle that was kept.
    private func describe() {
        guard var keys = bundle?.keys(), let library = try? TLSLibrary.open() else { return }
        defer { keys.wipe() }
        let files = settings.configuration.tls.certificates
        known = keys.certificates.enumerated().compactMap { index, one in
            (try? Certificate(chain: one.chain, key: one.key, library)).map {
                KnownCertificate(files: index < files.count ? files[index] : nil, certificate: $0)
            }
        }
        settings.certificates = known.map(\.certificate)
        planRotation(TicketKeys(goingOnWith: keys.ticketKeys, at: WallClock.now()))
    }

    /// Says what keeps new files from being used, once.
    private func settle(_ problems: [Problem]) {
        for problem in problems where !troubles.contains(problem) {
            log("\(problem)" + (bundle == nil ? "" : "; the certificates of before stay in use"), .warning)
        }
        troubles = problems
    }
}

// What changes by itself: the files, and the keys of tickets.
extension Certificates {
    private func watch(_ directories: Set<String>) {
        if watch == nil, let new = try? CertificateWatch() {
            guard (try? loop.add(new.number, .readable, Token(.certificates))) != nil else { return }
            watch = new
        }
        watch?.watch(directories)
    }

    /// Something has changed in one of the directories, which others may use too.
    func ready() {
        guard let watch else { return }
        watch.clear()
        loop.pause(watch.number, .readable, Token(.certificates))
        if lookAt == nil { lookAt = EventLoop.now() + Self.settling }
    }

    private func planRotation(_ tickets: TicketKeys) {
        rotateAt = EventLoop.now() + tickets.nextRotation(at: WallClock.now())
    }

    var nextDeadline: Instant? { lookAt.earlier(rotateAt) }

    func expire(at now: Instant) {
        if let lookAt, lookAt <= now { look(at: now) }
        if let rotateAt, rotateAt <= now { rotate() }
    }

    private func look(at now: Instant) {
        // A directory that is gone tells of nothing any more, so of none when it is there again.
        lookAt = troubles.isEmpty ? nil : now + Self.retry
        let current = CertificatePlaces(settings.configuration.tls)
        guard isNeeded, oddSince != nil || current != places else { return }
        if let places, current.hasSameFiles(as: places), oddSince == nil { return watch(current.directories) }
        let problems = read()
        guard !problems.isEmpty else {
            (oddSince, lookAt) = (nil, nil)
            settle([])
            return log("the certificates on disk are new: \(known.map(\.summary).joined(separator: "; "))")
        }
        // The key may come a moment after the certificate.
        let since = oddSince ?? now
        oddSince = since
        if now - since >= Self.patience {
            oddSince = nil
            settle(problems)
            lookAt = now + Self.retry
        } else {
            lookAt = now + Self.settling
        }
    }

    private func rotate() {
        rotateAt = nil
        guard var keys = bundle?.keys() else { return }
        defer { keys.wipe() }
        let tickets = TicketKeys(goingOnWith: keys.ticketKeys, at: WallClock.now())
        if tickets.keys != keys.ticketKeys {
            keys.ticketKeys = tickets.keys
            do { try put(keys) } catch { log("the keys of session tickets could not be renewed: \(error)", .warning) }
        }
        planRotation(tickets)
        // What inotify does not see, as on a file system of another machine.
        lookAt = lookAt ?? EventLoop.now()
    }
}

extension Certificate {
    /// Whether it is valid at an instant, in seconds since 1970.
    func isTimely(at seconds: Int64) -> Bool { notBefore <= seconds && seconds <= notAfter }
}
