internal import DeployCore
internal import Linux

/// Who may speak for a worker, and how much: its notify socket is in the reach of every process of its user.
///
/// A worker speaks for itself. So do the processes of its session and those that descend from it, as with systemd's
/// `NotifyAccess=all`; whoever has ended before he is looked at does not. Source: unix(7), SCM_CREDENTIALS.
struct WorkerVoice {
    /// So many messages are taken in one turn of the loop.
    static let messagesPerTurn = 32
    /// So many are heard out of a worker that has ended: more than the kernel keeps (net.unix.max_dgram_qlen).
    static let lastMessages = 1024
    /// Beyond so many messages in `period` a worker is not listened to until that is over.
    private static let messagesPerPeriod = 500
    static let period = Duration.seconds(1)
    /// So many parents up a descendant may be.
    private static let deepest = 32

    private var since = Instant(sinceBoot: .zero)
    private var count = 0
    /// The end of its silence; nil if it is heard.
    private(set) var mutedUntil: Instant?
    /// A stranger who spoke in its name was reported already.
    var hasToldOfStranger = false

    /// Accepts the worker itself, its children and its session, a few generations deep.
    static func may(_ sender: PeerCredentials?, speakFor worker: ProcessIdentity) -> Bool {
        guard let sender, sender.pid > 0 else { return false }
        if sender.pid == worker.pid { return true }
        var pid = sender.pid
        for _ in 0..<deepest {
            guard let status = ProcessStatus(of: pid) else { return false }
            if status.session == worker.pid || status.parent == worker.pid { return true }
            guard status.parent > 1 else { return false }
            pid = status.parent
        }
        return false
    }

    /// Counts messages; true: these were too many, and it is muted for a while.
    mutating func isTooLoud(_ messages: Int, at now: Instant) -> Bool {
        if now - since >= Self.period {
            since = now
            count = 0
        }
        count += messages
        return count > Self.messagesPerPeriod && mute(at: now)
    }

    /// Mutes it for a while; false: it is muted already.
    mutating func mute(at now: Instant) -> Bool {
        guard mutedUntil == nil else { return false }
        mutedUntil = now + Self.period
        return true
    }

    mutating func unmute() { mutedUntil = nil }
}
