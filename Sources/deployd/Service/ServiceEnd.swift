internal import Linux
internal import Supervisor

/// What the unit runs when a master has ended, however that came: it makes way for the next one. When the service is being
/// stopped there will be none, and what a master left that was killed, or never came to be, ends here.
enum ServiceEnd {
    /// The hidden verb; its arguments are the unit's name, and the options of `start`.
    static let verb = "__service-end"

    static func run(_ arguments: [String]) -> ExitCode {
        if let unit = arguments.first, (try? ServiceJob.ask(unit)) == .stop { endAll(Array(arguments.dropFirst())) }
        do {
            try ServiceGroup.admitMaster()
            return .done
        } catch {
            StandardError.line(
                "deployd: service end: \(error); systemd may not be able to start the next master", .warning)
            return .refused
        }
    }

    private static func endAll(_ options: [String]) {
        do throws(CommandError) {
            let words = [StopVerb.verb.name] + options
            let installation = try Installation(try ArgumentParser(VerbTable.verbs).parse(words))
            guard let leftovers = installation.leftovers else { return }
            StandardError.line("deployd: service end: \(leftovers.description): ending it", .warning)
            _ = StopVerb.end(installation, atOnce: false)
        } catch {
            for line in error.lines { StandardError.line(line) }
        }
    }
}
