package import Linux

/// What a worker says to the master over `NOTIFY_SOCKET`. Source: sd_notify(3).
package struct Notification: Equatable, Sendable {
    /// READY=1: requests are answered from now on.
    package var isReady = false
    /// STOPPING=1: no more are taken.
    package var isStopping = false
    /// WATCHDOG=1: still alive.
    package var isAlive = false
    /// WATCHDOG=trigger: alive, and not well.
    package var isFailing = false
    /// WATCHDOG_USEC=: from now on silence may last so long.
    package var watchdogLimit: Duration?
    /// STATUS=: one line for people.
    package var status: String?
    /// EXTEND_TIMEOUT_USEC=: so much longer than the present deadline, please.
    package var timeoutExtension: Duration?
    /// DEPLOYD_LEVEL=: 2 for a worker that reads control messages and counts in the scoreboard.
    package var level: Int?
    /// DEPLOYD_HANDOVER=: connections that arrive at the generation's hand-over socket are taken, in messages up to this version
    /// of ``HandoverMessage``; 0 for none.
    package var handoverVersion = 0
    /// DEPLOYD_TLS=1: connections from the listeners of `DEPLOYD_TLS_LISTENERS` are spoken to with TLS.
    package var terminatesTLS = false

    /// DEPLOYD_SPARE=1: of kept connections those stay that ``ControlMessage/share(keeping:version:sparing:)`` spares.
    package var sparesConnections = false

    /// Connections that arrive at the generation's hand-over socket are taken.
    package var takesHandover: Bool { handoverVersion > 0 }

    /// So much more time may be asked for at once. (A worker that needs more asks again when it is on the way.)
    package static let longestExtension = Duration.seconds(3600)
    /// The longest silence that a worker may allow itself.
    package static let longestSilence = Duration.seconds(86400)
    /// No version of a protocol is larger.
    package static let latestVersion = 1000
    /// So much of a STATUS= is kept, in bytes.
    package static let longestStatus = 512

    /// Nothing said.
    package init() {}

    /// Reads a datagram; keys that are not known are passed over, and what is too long is cut.
    package init(parsing bytes: [UInt8]) {
        let fields = Fields(parsing: bytes)
        isReady = fields["READY"] == "1"
        isStopping = fields["STOPPING"] == "1"
        isAlive = fields["WATCHDOG"] == "1"
        isFailing = fields["WATCHDOG"] == "trigger"
        watchdogLimit = fields.duration("WATCHDOG_USEC", longest: Self.longestSilence)
        status = fields["STATUS"].map { String(decoding: $0.utf8.prefix(Self.longestStatus), as: UTF8.self) }
        timeoutExtension = fields.duration("EXTEND_TIMEOUT_USEC", longest: Self.longestExtension)
        level = fields["DEPLOYD_LEVEL"].flatMap { Int($0) }
        let version = fields["DEPLOYD_HANDOVER"].flatMap { Int($0) } ?? 0
        handoverVersion = min(max(0, version), Self.latestVersion)
        terminatesTLS = fields["DEPLOYD_TLS"] == "1"
        sparesConnections = fields["DEPLOYD_SPARE"] == "1"
    }

    /// The datagram.
    package var bytes: [UInt8] {
        var fields: [(key: String, value: String)] = []
        if isReady { fields.append(("READY", "1")) }
        if isStopping { fields.append(("STOPPING", "1")) }
        if isAlive { fields.append(("WATCHDOG", "1")) }
        if isFailing { fields.append(("WATCHDOG", "trigger")) }
        if let watchdogLimit { fields.append(("WATCHDOG_USEC", "\(watchdogLimit.microseconds)")) }
        if let status { fields.append(("STATUS", status)) }
        if let timeoutExtension { fields.append(("EXTEND_TIMEOUT_USEC", "\(timeoutExtension.microseconds)")) }
        if let level { fields.append(("DEPLOYD_LEVEL", "\(level)")) }
        if takesHandover { fields.append(("DEPLOYD_HANDOVER", "\(handoverVersion)")) }
        if terminatesTLS { fields.append(("DEPLOYD_TLS", "1")) }
        if sparesConnections { fields.append(("DEPLOYD_SPARE", "1")) }
        return Fields(fields).bytes
    }

    /// Sends it to the socket that `NOTIFY_SOCKET` names: a path, or `@` and an abstract name. The kernel's queue for it
    /// may be full: then `.wouldBlock`.
    @discardableResult
    package func send(to socketName: String) throws(SystemError) -> Transfer {
        try Socket.datagram(.unix).sendMessage(bytes, to: SocketAddress(notifySocket: socketName))
    }
}

extension SocketAddress {
    /// Where `NOTIFY_SOCKET` leads: a path, or `@` and an abstract name.
    package init(notifySocket name: String) {
        self = name.hasPrefix("@") ? .abstract(name: String(name.dropFirst())) : .unix(path: name)
    }
}
