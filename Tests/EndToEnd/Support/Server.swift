import Linux
import Supervisor
import TestSupport
import Testing

/// A master of a test's own, with its configuration, releases and state in a temporary directory.
///
/// `finish()` ends it and checks that nothing is left; without that call all is killed when the reference goes.
final class Server {
    let directory: TemporaryDirectory
    private(set) var master: Child
    private var isFinished = false
    /// What stands before `deployd` in every command, for another user.
    private let prefix: [String]
    private let program: String
    /// The state directory.
    let state: String
    /// What the master has in its environment beyond ours.
    private let environment: [String]

    /// Writes the files, but starts nothing. `settings` are further lines of deployd.json; v1 and v2 are the example
    /// site's, with a manifest that has `watch`, and `manifest` beside the command. `user` is who starts and commands the
    /// master, and owns the directory; deployd and the sites are copied for him, since he may not reach ours; with
    /// `ownProgram` too. A listener that begins with a brace is an object. `softFiles` is how many files the master may have
    /// open, unless it asks for more, `hardFiles` how many also then; `fileSize` is how large a file may become that it or a worker writes;
    /// `rights` says which capabilities it may have, as setpriv(1) has it: "-bpf,-sys_admin".
    init(
        listen: [String] = ["127.0.0.1:0"], workers: Int = 2, settings: String = "", watch: String = "50ms",
        manifest: String = "", user: UInt32? = nil, ownProgram: Bool = false, started: Bool = true,
        state: String = "state", environment: [String] = [], softFiles: Int? = nil, hardFiles: Int? = nil,
        fileSize: Int? = nil, rights: String? = nil,
        releases: (Server.Releases) throws -> Void = { _ in }
    ) throws {
        directory = try TemporaryDirectory()
        prefix =
            try user.map { [try Program.path("setpriv"), "--reuid", "\($0)", "--regid", "\($0)", "--clear-groups"] }
            ?? rights.map { [try Program.path("setpriv"), "--bounding-set", $0] } ?? []
        program = try user == nil && !ownProgram ? Products.path("deployd") : directory.path("bin/deployd")
        self.environment = environment
        self.state = state.hasPrefix("/") ? state : directory.path(state)
        let addresses = listen.map { $0.hasPrefix("{") ? $0 : "\"\($0)\"" }.joined(separator: ", ")
        try directory.write(
            "deployd.json", "{ listen: [\(addresses)], workers: \(workers), state: \"\(state)\", \(settings) }\n")
        for version in ["v1", "v2"] { try Self.site(version, "watch: \"\(watch)\", \(manifest)", in: directory) }
        try releases(Releases(directory: directory))
        if user != nil || ownProgram { try Self.copyPrograms(to: directory) }
        if let user { try Self.giveAway(directory, to: user) }
        let limits = [
            softFiles.map { "--nofile=\($0):" }, hardFiles.map { "--nofile=\($0)" }, fileSize.map { "--fsize=\($0)" },
        ].compactMap(\.self)
        let limit = try limits.isEmpty ? [] : [Program.path("prlimit")] + limits
        master = try Child(
            limit + prefix + [program, "start", "--config", directory.path("deployd.json")],
            environment: ThisProcess.environment() + environment)
        if started { try waitUntilServing() }
    }

    /// Writes deployd.json anew: the same listener and state directory, and these lines.
    func configure(_ settings: String, listen: String = "\"127.0.0.1:0\"") throws {
        try directory.write("deployd.json", "{ listen: [\(listen)], state: \"state\", \(settings) }\n")
    }

    /// Copies a release of the example site, as a user would.
    private static func site(_ version: String, _ manifest: String, in directory: TemporaryDirectory) throws {
        try Repository.copy(
            "\(Repository.path)/releases/\(version)/public", to: directory.path("releases/\(version)/public"))
        try directory.write(
            "releases/\(version)/release.json",
            "{ command: [\"site-\(version)\"], health: { path: \"/healthz\" }, \(manifest) }\n")
    }

    private static func copyPrograms(to directory: TemporaryDirectory) throws {
        try Files.makeDirectory(directory.path("bin"))
        for name in ["deployd", "site-v1", "site-v2"] {
            try Repository.copy(try Products.path(name), to: directory.path("bin/\(name)"))
        }
    }

    private static func giveAway(_ directory: TemporaryDirectory, to user: UInt32) throws {
        let finished = try Child.run([try Program.path("chown"), "-R", "\(user):\(user)", directory.path])
        #expect(finished.status == .exited(code: 0), "\(finished.errors)")
    }

    deinit {
        guard !isFinished else { return }
        _ = try? deployd("stop", "--now")
        _ = try? master.send(.kill)
        if let keeper = try? keeper() { _ = try? ProcessDescriptor(pid: keeper).send(.kill) }
        for pid in (try? workersLeft()) ?? [] { _ = try? ProcessDescriptor(pid: pid).send(.kill) }
    }

    /// Runs a verb to its end.
    @discardableResult
    func deployd(_ arguments: String...) throws -> Child.Finished { try Child.run(command(arguments)) }

    /// Starts a verb.
    func begin(_ arguments: String...) throws -> Child { try Child(command(arguments)) }

    /// The words of a verb for this server.
    func command(_ arguments: [String]) -> [String] {
        prefix + [program] + arguments + ["--config", directory.path("deployd.json")]
    }

    /// Runs a deploy, and requires that it succeeds.
    func deploy(_ release: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let finished = try deployd("deploy", release)
        #expect(
            finished.status == .exited(code: 0), "\(finished.output)\(finished.errors)", sourceLocation: sourceLocation)
    }

    /// Starts a master again where one has ended; `words` stand before its command, and `descriptors` take the place of
    /// what it would inherit.
    func startAgain(behind words: [String] = [], descriptors: [(source: Int32, target: Int32)] = []) throws {
        master = try Child(
            words + command(["start"]), environment: ThisProcess.environment() + environment, descriptors: descriptors)
        isFinished = false
        try waitUntilServing()
    }

    /// Kills the master, and if asked to the process that keeps the lanes for the next one.
    func killMaster(andKeeper isKeeperToo: Bool = false) throws {
        let keeper = isKeeperToo ? try keeper() : nil
        #expect(isKeeperToo == (keeper != nil))
        _ = try master.send(.kill)
        if let keeper { _ = try ProcessDescriptor(pid: keeper).send(.kill) }
        _ = try master.wait()
    }

    /// Waits until the first generation serves.
    func waitUntilServing() throws {
        try wait(for: "the first generation to serve", upTo: .seconds(60)) {
            if let ended = try master.status() {
                throw StartFailed(description: "the master \(ended): \(master.errors)")
            }
            return try currentStatus()?.serving != nil
        }
    }

    /// The master was ended by the test: checks that it went in good order (or was killed), and that nothing is left.
    func finishGone(isMasterKilled: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let end = try master.wait()
        #expect(isMasterKilled || end == .exited(code: 0), "\(master.errors)", sourceLocation: sourceLocation)
        isFinished = true
        #expect(try workersLeft() == [], "workers are left", sourceLocation: sourceLocation)
    }

    /// Ends the master, and checks that it went in good order and left no worker behind.
    func finish(now: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let finished = try now ? deployd("stop", "--now") : deployd("stop")
        #expect(finished.status == .exited(code: 0), "\(finished.errors)", sourceLocation: sourceLocation)
        #expect(try master.wait() == .exited(code: 0), "\(master.errors)", sourceLocation: sourceLocation)
        isFinished = true
        #expect(try workersLeft() == [], "workers outlived the master", sourceLocation: sourceLocation)
        #expect(
            try Files.list(self.state).filter { $0.hasPrefix("w") } == [],
            "files of workers are left", sourceLocation: sourceLocation)
    }
}

/// A master that ended before it served.
struct StartFailed: Error, CustomStringConvertible {
    let description: String
}
