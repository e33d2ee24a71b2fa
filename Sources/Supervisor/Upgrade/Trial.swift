internal import DeployCore
internal import Linux

/// A trial run under way: a child of the master, what it has written, and until when it may go on.
final class Trial {
    enum Verdict: Equatable {
        /// The program can go on from here; its version.
        case accepted(version: String)
        /// It cannot: why, the first line as a clause, the program's own words behind it.
        case refused(String)
    }

    /// So much of what it writes is kept.
    private static let keptBytes = 8 << 10
    /// So many of its last lines are told.
    private static let toldLines = 10

    let program: String
    private let timeLimit: Duration
    private let process: ProcessDescriptor
    let pid: Int32
    private let output: FileDescriptor
    private var text: [UInt8] = []
    /// It has closed its output: epoll would report that for ever.
    private(set) var outputEnded = false

    /// The numbers of the process and of the output, lent, for epoll.
    var numbers: (process: CInt, output: CInt) { (process.number, output.number) }

    /// Starts `program` with these arguments, away from our terminal.
    init(_ program: String, _ arguments: [String], timeLimit: Duration) throws(SystemError) {
        let ends = try Pipe().ends()
        let ours = FileDescriptor(owning: ends.reading)
        let theirs = FileDescriptor(owning: ends.writing)
        // A program that does not know how to wait for a full pipe loses its words.
        try theirs.setNonBlocking(false)
        let null = try Files.openNull()
        let child = try spawn(
            SpawnRequest(
                executable: program, arguments: [program] + arguments, environment: ThisProcess.environment(),
                descriptors: [(null.number, 0), (theirs.number, 1), (theirs.number, 2)], newSession: true))
        process = try ProcessDescriptor(pid: child)
        pid = child
        output = ours
        self.program = program
        self.timeLimit = timeLimit
    }

    /// Takes up what it wrote, and its end; nil while it runs.
    func advance() -> Verdict? {
        read()
        guard let status = try? process.reap() else { return nil }
        read()
        return verdict(status)
    }

    /// Ends it: its time is up, or nobody wants to know any more. It is still to be reaped.
    func end() -> Verdict {
        read()
        ThisProcess.killGroup(pid)
        return .refused("\(program) gave no verdict within \(timeLimit.text)\(said)")
    }

    /// Reaps a trial that has ended after `end`.
    func reap() -> Bool { ((try? process.reap()) ?? nil) != nil }

    private func read() {
        var room = [UInt8](repeating: 0, count: 4096)
        while !outputEnded, case .bytes(let count) = try? output.read(into: &room) {
            outputEnded = count == 0
            text += room.prefix(count)
            if text.count > Self.keptBytes { text.removeFirst(text.count - Self.keptBytes) }
        }
    }

    private var lines: [String] {
        text.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private var said: String {
        lines.isEmpty ? "" : ":\n" + lines.suffix(Self.toldLines).joined(separator: "\n")
    }

    private func verdict(_ status: ExitStatus) -> Verdict {
        switch status {
        case .exited(code: 0):
            if let line = lines.first(where: { $0.hasPrefix(TrialRun.ready) }) {
                return .accepted(version: String(line.dropFirst(TrialRun.ready.count)))
            }
            return .refused("\(program) did not report that it can take over: it is not deployd\(said)")
        case .exited(let code):
            return .refused("\(program) cannot take over (its trial run exited with code \(code))\(said)")
        case .signalled(let signal, _):
            return .refused("\(program) crashed in its trial run (\(signal))\(said)")
        }
    }

    /// Why a program could not even be started, as a clause.
    static func refusal(of program: String, _ error: SystemError) -> String {
        switch error.errno {
        case .notFound: "there is no program \(program)"
        case .permissionDenied: "\(program) may not be executed by the master's user"
        case .notExecutable: "\(program) is not a program for this machine"
        default: "\(program) could not be started: \(error.errno)"
        }
    }
}
