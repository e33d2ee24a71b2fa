internal import DeployCore
internal import Linux

/// Writes down what the next master would need: the part of the master that owns the state file.
final class StateStore {
    /// So many states follow one that a command brings about, and are to find room: its workers' pids, one after the other.
    static let statesAhead = 8
    private static let retryInterval = Duration.seconds(1)

    private let directory: StateDirectory
    private let log: MasterLog
    private let file: StateFile
    private let boot = ThisProcess.bootID
    private var home: StateHome
    private var saved: SavedState?
    /// Why the state could not be written when that was tried last.
    private(set) var failure: SystemError?
    /// The time of the next attempt, though nothing has changed.
    private(set) var nextDeadline: Instant?

    init(_ directory: StateDirectory, _ log: MasterLog) {
        self.directory = directory
        self.log = log
        file = StateFile(path: directory.stateFile)
        home = StateHome(directory.root)
    }

    /// Writes it down, unless it is what was written last.
    func saveIfChanged(_ state: SavedState) {
        if complete(state) != saved { _ = save(state, synchronously: false) }
    }

    /// Writes it down, where so many states more find room, too; says why when that failed.
    func save(_ state: SavedState, synchronously: Bool, ahead: Int = 0) -> SystemError? {
        let state = complete(state)
        do {
            try file.write(state, synchronously: synchronously, ahead: ahead)
            saved = state
            if failure != nil { log("the state can be written again") }
            failure = nil
            nextDeadline = nil
        } catch {
            if failure != error { log("the state cannot be written: \(error)", .error) }
            failure = error
            nextDeadline = EventLoop.now() + Self.retryInterval
        }
        return failure
    }

    /// Tries again, when that is due.
    func expire(at now: Instant, _ state: @autoclosure () -> SavedState) {
        guard let nextDeadline, nextDeadline <= now else { return }
        let state = state()
        // What there is room for is written; that there is enough for what may come is another thing.
        saveIfChanged(state)
        _ = save(state, synchronously: false, ahead: Self.statesAhead)
    }

    /// The state directory may be another one now, at the same path.
    func relocate() { home = StateHome(directory.root) }

    /// Writes it down where the file is gone; true when that was so.
    func mend(_ state: SavedState) -> Bool {
        Files.kind(directory.stateFile) != .file && save(state, synchronously: false) == nil
    }

    private func complete(_ state: SavedState) -> SavedState {
        var state = state
        state.boot = boot
        state.home = home
        return state
    }
}
