internal import Linux
internal import Supervisor

/// What the unit runs when a master has ended, however that came: it makes way for the next one.
enum ServiceEnd {
    /// The hidden verb.
    static let verb = "__service-end"

    static func run() -> ExitCode {
        do {
            try ServiceGroup.admitMaster()
            return .done
        } catch {
            StandardError.line(
                "deployd: service end: \(error); systemd may not be able to start the next master", .warning)
            return .refused
        }
    }
}
