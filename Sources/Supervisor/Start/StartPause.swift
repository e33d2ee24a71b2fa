internal import DeployCore
internal import Linux

/// The pause before a start that failed is tried again by systemd, which knows no pauses that grow (before version 254).
/// The process itself waits before it ends: a person who starts the service anew does not wait.
package enum StartPause {
    private static let fileName = "failed-starts"
    private static let first = Duration.milliseconds(500)
    private static let longest = Duration.seconds(60)

    /// Waits as long as is due after so many failures in a row, unless nobody starts it anew, or somebody ends it.
    package static func wait(_ configuration: Configuration, _ surroundings: Surroundings, isPermanent: Bool) {
        guard !isPermanent, let signals = try? SignalDescriptor([.term, .int, .usr1]) else { return }
        wait(StateDirectory(configuration), surroundings, signals)
    }

    static func wait(
        _ directory: StateDirectory, _ surroundings: Surroundings, _ signals: borrowing SignalDescriptor
    ) {
        guard surroundings.environment["NOTIFY_SOCKET"] != nil else { return }
        let path = "\(directory.root)/\(fileName)"
        let before = (try? Files.read(path, limit: 16)).flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        // (It is a file: what it says is bounded before it is counted with.)
        let failures = 1 + min(max(0, before), 1_000_000)
        try? Files.replace(path, with: Array("\(failures)".utf8))
        let pause = duration(after: failures)
        let often = failures == 1 ? "failed" : "failed \(failures) times in a row"
        StandardError.line("deployd: start: \(often); it is retried in \(pause.text)", .warning)
        ServiceManager(surroundings, at: Master.now())
            .say("the start \(often), and is retried in \(pause.text)", patience: pause * 2)
        _ = try? Poll.readable(signals.number, timeout: pause)
    }

    /// 0.5 s, and twice as much each time, up to a minute.
    static func duration(after failures: Int) -> Duration {
        min(longest, first * (1 << min(max(0, failures - 1), 10)))
    }

    /// A start was good.
    static func forget(_ directory: StateDirectory) { try? Files.unlink("\(directory.root)/\(fileName)") }
}
