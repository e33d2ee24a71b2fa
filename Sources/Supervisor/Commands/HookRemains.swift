internal import DeployCore
internal import Linux

/// Processes of a hook whose master was killed before there was anything to continue.
enum HookRemains {
    /// Ends it, and waits until nothing of it is left: two of its kind must never run at a time. Blocks for twice `grace`
    /// at most, which only happens before anything serves.
    static func end(_ hook: DurableHook, within grace: Duration) {
        guard let identity = hook.process else { return }
        for signal in [Signal.term, .kill] {
            let deadline = MonotonicClock.now() + max(grace, .milliseconds(100))
            while true {
                let members = Sessions.members(of: identity.pid, startedAt: identity.startTime)
                if members.isEmpty { return }
                if MonotonicClock.now() >= deadline { break }
                Sessions.signal(signal, to: members)
                _ = try? Poll.readable(anyOf: [], timeout: .milliseconds(20))
            }
        }
        StandardError.line(
            "deployd: start: the \(hook.kind) hook of a killed master does not end (pid \(identity.pid)); it is left running"
        )
    }
}
