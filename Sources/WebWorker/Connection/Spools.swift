internal import Linux

/// The directory and the disk budget of bodies that are kept for slow peers. Belongs to the loop's thread.
final class Spools {
    let directory: String
    let budget: SpoolBudget
    private var throttle = Throttle()

    init(_ configuration: Configuration) {
        directory = configuration.spoolDirectory ?? ThisProcess.variable("TMPDIR") ?? "/tmp"
        budget = SpoolBudget(limit: configuration.maxSpooledBytes)
    }

    /// A place for a body that is kept.
    func make() -> Spool { Spool(in: directory, budget) }

    /// Says that bodies cannot be written down.
    func noteFailure(_ error: SystemError, at now: Int64) {
        guard throttle.passes(at: now) else { return }
        StandardError.line("WebWorker: bodies cannot be kept for slow peers in \(directory): \(error)")
    }
}
