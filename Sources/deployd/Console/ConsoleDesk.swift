internal import DeployCore
internal import Linux
internal import Supervisor
internal import Synchronization
internal import WebWorker

/// What the page shows, gathered when it asks; and what it has the master do, one thing at a time.
final class ConsoleDesk: Sendable {
    /// All that the page shows.
    struct Picture: Encodable {
        /// Seconds since 1970.
        var time: Double
        /// Nil while no master answers.
        var status: StatusReport?
        /// Why none does.
        var trouble: String?
        var samples: [ConsoleSamples.Sample]
        /// The last deploys, the newest last.
        var history: [HistoryRecord]
        /// The releases that may be deployed, by name; the newest last.
        var releases: [String]
        /// The last lines of the generation that was started last.
        var log: [String]
        var action: Action?
        var mayAct: Bool
    }

    /// What was asked for over the page last.
    struct Action: Encodable, Sendable {
        var name: String
        var lines: [String] = []
        var isOver = false
        /// Nil until it is over.
        var isGood: Bool?
    }

    private struct State: Sendable {
        var samples = ConsoleSamples()
        var status: StatusReport?
        var trouble: String?
        var asked: Double = 0
        /// The last deploys, and the file as it was when they were read.
        var history: (deploys: [HistoryRecord], file: FileStatus?) = ([], nil)
        var action: Action?
    }

    /// However many look, the master is asked no more often.
    private static let interval = 0.4
    private static let deploysShown = 12
    private static let logBytes = 8 << 10
    private static let logLines = 60

    private let installation: Installation
    private let mayAct: Bool
    private let state = Mutex(State())

    init(_ installation: Installation, mayAct: Bool) {
        self.installation = installation
        self.mayAct = mayAct
    }

    /// - Parameter since: leaves out samples that are not later, in seconds since 1970.
    func picture(since: Double) -> Picture {
        let now = Double(WallClock.now().microseconds) / 1e6
        let isDue = state.withLock { state in
            guard now - state.asked >= Self.interval else { return false }
            state.asked = now
            return true
        }
        if isDue { look(at: now) }
        let seen = state.withLock { $0 }
        return Picture(
            time: now, status: seen.status, trouble: seen.trouble,
            samples: seen.samples.all.filter { $0.time > since }, history: seen.history.deploys,
            releases: mayAct ? ReleaseLayout(installation.configuration).releases().map(Paths.name).sorted() : [],
            log: log(of: seen.status), action: seen.action, mayAct: mayAct)
    }

    private func look(at now: Double) {
        lookAtHistory()
        do {
            guard case .status(let status) = try installation.ask(.status) else { return }
            state.withLock {
                $0.samples.take(status, at: now)
                ($0.status, $0.trouble) = (status, nil)
            }
        } catch {
            state.withLock { ($0.status, $0.trouble) = (nil, error.messages.joined(separator: "; ")) }
        }
    }

    /// It may be large, and seldom changes.
    private func lookAtHistory() {
        let place = Paths.join(installation.configuration.stateDirectory, History.fileName)
        let file = try? Files.status(place)
        guard state.withLock({ $0.history.file != file }) else { return }
        let deploys = (try? History.load(of: installation.configuration))?.deploys ?? []
        state.withLock { $0.history = (deploys.suffix(Self.deploysShown), file) }
    }

    private func log(of status: StatusReport?) -> [String] {
        guard let newest = status?.generations.map(\.number).max() else { return [] }
        let logs = LogDirectory(stateDirectory: installation.configuration.stateDirectory)
        let files = ((try? logs.names()) ?? []).filter { $0.generation.rawValue == newest }
        return files.flatMap { file -> [String] in
            let bytes = (try? Files.tail(logs.file(file), count: Self.logBytes)) ?? []
            let lines = bytes.split(separator: UInt8(ascii: "\n")).suffix(Self.logLines)
            return lines.map { ForeignText.line(String(decoding: $0, as: UTF8.self)) }
        }
    }

    /// Has the master do something, and returns when that is over; another may not be under way.
    ///
    /// - Throws: why it was not begun.
    func perform(_ order: ConsoleOrder) throws(ConsoleAccess.Refusal) -> Action {
        let begun = state.withLock { state in
            guard state.action?.isOver ?? true || order.goesBetween else { return false }
            state.action = Action(name: order.words)
            return true
        }
        guard begun else {
            throw ConsoleAccess.Refusal(status: .conflict, message: "something else is under way: see the page")
        }
        let (lines, isGood) = dialogue(order)
        return state.withLock { state in
            var action = Action(name: order.words, lines: lines)
            (action.isOver, action.isGood) = (true, isGood)
            if state.action?.name == order.words { state.action = action }
            return action
        }
    }

    private func dialogue(_ order: ConsoleOrder) -> (lines: [String], isGood: Bool) {
        var text = ProgressText(paint: .off)
        var lines: [String] = []
        do {
            var client = try installation.connect()
            try client.send(order.request(installation))
            while true {
                guard case .event(let event) = try client.next(timeout: nil) else { continue }
                lines += text.lines(for: event, at: MonotonicClock.now())
                let shown = lines
                state.withLock { if $0.action?.name == order.words { $0.action?.lines = shown } }
                switch event {
                case .done(let done):
                    let verdict = VerdictText(done, subject: order.words, canQueue: false, paint: .off)
                    return (lines + verdict.errors + verdict.lines, verdict.errors.isEmpty)
                case .error(let error):
                    return (lines + VerdictText(error, subject: order.words).errors, false)
                default: continue
                }
            }
        } catch let error as CommandError {
            return (lines + error.messages, false)
        } catch let error as ControlError {
            return (lines + CommandError(unknownOutcomeOf: order.words, error).messages, false)
        } catch {
            return (lines + ["\(error)"], false)
        }
    }
}
