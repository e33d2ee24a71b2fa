internal import Linux

/// What a keeper looks for while no master is there, under systemd: whether the service is over.
///
/// systemd forgets a service that is stopped while no master runs: just after one was killed, or while none can start. It
/// runs none of the unit's commands then, and workers would serve on for ever in a service that is said to be inactive.
struct ServiceWatch {
    static let interval = Duration.seconds(2)

    let unit: String
    /// The configuration's file; nil: the master was started without one.
    let configuration: String?
    /// How often in a row the service was found to be over. (Once is not enough: within a restart it is, for an instant.)
    private var finds = 0

    /// What a master tells its keeper: its unit, and the file that it was started with.
    static func arguments() -> [String] {
        guard ThisProcess.variable("NOTIFY_SOCKET") != nil, let unit = ServiceJob.ownUnit() else { return [] }
        let words = CommandLine.arguments
        let option = "--config"
        let file =
            words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
            ?? words.first { $0.hasPrefix("\(option)=") }.map { String($0.dropFirst(option.count + 1)) }
        return [unit] + (file.map { [$0] } ?? [])
    }

    /// Reads them; nil: no service's keeper.
    init?(_ arguments: [String]) {
        guard let unit = arguments.first else { return nil }
        self.unit = unit
        configuration = arguments.dropFirst().first
    }

    /// Looks at the service; when it is over, ends what is left of it, in a process of its own.
    mutating func look() {
        finds = ServiceJob.isOver(unit) == true ? finds + 1 : 0
        guard finds == 2 else { return }
        let options = configuration.map { ["--config", $0] } ?? []
        let environment = ThisProcess.environment().filter { !$0.hasPrefix("NOTIFY_SOCKET=") }
        StandardError.line("deployd: \(unit) was stopped while no master ran: ending what is left of it", .warning)
        _ = try? spawn(
            SpawnRequest(
                executable: "/proc/self/exe", arguments: ["deployd", "stop"] + options, environment: environment,
                descriptors: [(2, 1), (2, 2)], newSession: true))
    }
}
