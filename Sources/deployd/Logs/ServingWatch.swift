internal import Linux
internal import Supervisor

/// Which generation serves, as the master says it. It is asked only when it has written its state since: one to which nothing
/// happens is left alone.
struct ServingWatch {
    private let stateFile: String
    private let socket: String
    private var stamp: Stamp?
    private var isStale = true

    /// What differs when something was added to the file, or another stands in its place.
    private struct Stamp: Equatable {
        let file: FileIdentity
        let size: Int

        /// Of the file that is there; nil: there is none.
        init?(_ path: String) {
            guard let status = try? Files.status(path) else { return nil }
            file = FileIdentity(status)
            size = status.size
        }
    }

    /// Has not looked yet.
    init(_ installation: Installation) {
        stateFile = Paths.join(installation.configuration.stateDirectory, "state.json")
        socket = installation.socketPath
    }

    /// Who serves, if that may be another one than at the last call; nil: the same, or no master answers.
    mutating func news() -> ServingReport? {
        let now = Stamp(stateFile)
        if now != stamp { isStale = true }
        stamp = now
        guard isStale, case .status(let report)? = try? ControlClient.ask(.status, at: socket) else { return nil }
        isStale = false
        guard let serving = report.generations.first(where: { $0.number == report.serving }) else { return nil }
        return ServingReport(generation: serving.number, release: serving.release)
    }
}
