internal import DeployCore
internal import Linux

/// What a master passes through execve(2) to the program that takes its place: open descriptors by name, and some words.
///
/// It travels in one variable of the environment, as `KEY=VALUE` lines. A descriptor's key is `fd.` and its number, and its
/// value is the name; `pid` is the process that it is meant for, so that a variable that went astray means nothing. The new
/// program removes the variable: no worker ever sees it.
final class ExecState {
    /// The variable. Masters of all versions know it by this name.
    static let variable = "DEPLOYD_BEQUEST"

    enum Name {
        static let lock = "lock"
        static let control = "control"
        /// The control connection that asked for the upgrade, and waits for the answer.
        static let client = "client"
        /// Control connections that have said nothing yet: "visitor/7".
        static let visitor = "visitor/"
        /// Lanes, by the name that the keeper knows them by: "lane/web/3".
        static let lane = "lane/"
        /// Workers' notify sockets, by the worker's number: "notify/5".
        static let notify = "notify/"
        /// Workers' scoreboards, by the worker's number: "board/5".
        static let board = "board/"
        /// The two ends of a straggler's relay: "relay/4/client" and "relay/4/server".
        static let relay = "relay/"
    }

    private var words: [String: String] = [:]
    private var numbers: [(name: String, number: CInt)] = []
    /// Descriptors that nobody has taken are ours to close.
    private let isReceiver: Bool

    /// Nothing yet, for this pid.
    init() {
        isReceiver = false
        words["pid"] = "\(ThisProcess.pid)"
    }

    /// The state that was passed to this process; nil for none. A descriptor that is not open is passed over.
    static func take() -> ExecState? {
        guard let text = ThisProcess.variable(variable) else { return nil }
        ThisProcess.removeVariable(variable)
        return ExecState(parsing: text)
    }

    /// Reads the variable's value; nil when it is meant for another process, whose numbers mean nothing here.
    init?(parsing text: String) {
        isReceiver = text.split(separator: "\n").contains("pid=\(ThisProcess.pid)")
        guard isReceiver else { return nil }
        for line in text.split(separator: "\n") {
            guard let sign = line.firstIndex(of: "=") else { continue }
            let (key, value) = (String(line[..<sign]), String(line[line.index(after: sign)...]))
            if key.hasPrefix("fd."), let number = CInt(key.dropFirst(3)) {
                if number > 2, isOpen(number) { numbers.append((value, number)) }
            } else {
                words[key] = value
            }
        }
    }

    var text: String {
        let lines =
            words.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            + numbers.map { "fd.\($0.number)=\($0.name)" }
        return lines.joined(separator: "\n")
    }

    /// A word; one with a line feed in it would not arrive whole.
    subscript(_ key: String) -> String? {
        get { words[key] }
        set { words[key] = newValue }
    }

    /// Leaves a descriptor, which stays the caller's.
    func leave(_ number: CInt, as name: String) { numbers.append((name, number)) }

    /// Takes a descriptor up: it is the caller's from now on, and close-on-exec.
    func take(_ name: String) -> FileDescriptor? {
        guard let index = numbers.firstIndex(where: { $0.name == name }) else { return nil }
        let number = numbers.remove(at: index).number
        try? setCloseOnExec(number, true)
        return FileDescriptor(owning: number)
    }

    /// The names that begin with `prefix`, without it, of descriptors that are left, in the order of leaving.
    func names(_ prefix: String) -> [String] {
        numbers.map(\.name).filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// Becomes a program that finds all this; returns only when that failed.
    func execute(_ program: String) -> SystemError {
        defer { try? letThrough(false) }
        do { try letThrough(true) } catch { return error }
        // Descriptors that the service manager passed have been taken up, and their numbers may be others' by now.
        let gone = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", Self.variable].map { "\($0)=" }
        let environment = ThisProcess.environment().filter { entry in !gone.contains { entry.hasPrefix($0) } }
        return Linux.execute(
            program, arguments: [program] + CommandLine.arguments.dropFirst(),
            environment: environment + ["\(Self.variable)=\(text)"])
    }

    private func letThrough(_ passes: Bool) throws(SystemError) {
        for (_, number) in numbers { try setCloseOnExec(number, !passes) }
    }

    /// Closes what nobody has taken.
    func close() {
        if isReceiver { for (_, number) in numbers { _ = FileDescriptor(owning: number) } }
        numbers = []
    }

    deinit { close() }
}

extension ExecState {
    /// A word that is an instant, in microseconds.
    func instant(_ key: String) -> Instant? {
        self[key].flatMap { Int64($0) }.map { Instant(sinceBoot: .microseconds($0)) }
    }

    /// The person who asked for the upgrade.
    var who: HistoryRecord.Who? {
        get {
            guard let uid = self["who.uid"].flatMap({ UInt32($0) }), let pid = self["who.pid"].flatMap({ Int32($0) })
            else { return nil }
            return HistoryRecord.Who(uid: uid, pid: pid)
        }
        set {
            self["who.uid"] = newValue.map { "\($0.uid)" }
            self["who.pid"] = newValue.map { "\($0.pid)" }
        }
    }
}
