internal import DeployCore
internal import Linux

/// Looks at the generation that serves, when something has happened or somebody asks: whether its workers take what comes,
/// and whether what they are started from is still there.
final class Health {
    private unowned let master: any MasterView
    private let listeners: ListenerSet
    private var watch = HangWatch()
    /// A file or directory that is gone, by the generation that needs it.
    private(set) var missing: [GenerationNumber: String] = [:]
    /// Whether files are to be looked for at the next look: when somebody asks, and when a worker has ended. (The disk may be
    /// one that hangs.)
    var wantsFiles = false

    init(_ master: any MasterView, _ listeners: ListenerSet) {
        self.master = master
        self.listeners = listeners
    }

    var hang: HangWatch.Hang? { watch.hang }
    /// Connections wait, and it is not known yet whether somebody takes them.
    var isOpen: Bool { watch.isOpen }
    var nextDeadline: Instant? { watch.nextDeadline }

    /// Looks, if the last look was long enough ago.
    func lookIfDue(at now: Instant) { if watch.isDue(at: now) { look(at: now) } }

    func look(at now: Instant) {
        if wantsFiles {
            wantsFiles = false
            missing = missingFiles
        }
        let machine = master.machine
        guard machine.phase == .running, let serving = machine.serving else { return watch.forget(at: now) }
        var seen = master.counts(of: serving)
        // Of a unix lane the kernel tells no length, and it is never empty where much comes.
        if seen.traffic == nil {
            seen.queue = listeners.knownQueue(of: serving)
        }
        watch.look(serving, seen, at: now)
    }

    /// Nothing is at a path; an error counts as something.
    private static func isMissing(_ path: String) -> Bool {
        do { _ = try Files.status(path) } catch { return error.errno == .notFound || error.errno == .notADirectory }
        return false
    }

    /// Files that a worker's successor would miss: the release's directory, or a program.
    private var missingFiles: [GenerationNumber: String] {
        var missing: [GenerationNumber: String] = [:]
        for generation in master.machine.generations {
            switch generation.stage {
            case .serving, .warm, .standingBy:
                let programs = master.releases[generation.number]?.executables ?? []
                missing[generation.number] = ([generation.plan.path] + programs).first(where: Self.isMissing)
            case .preparing, .opening, .booting, .probing, .retiring, .draining, .ending, .gone: continue
            }
        }
        return missing
    }
}
