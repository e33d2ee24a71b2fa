internal import Handoff
internal import Linux

/// The output to one client: bytes that it did not take at once, and what is known of its pace.
struct Outgoing {
    /// The most bytes of a file that one turn sends, so that a fast client with a large file does not hold up the rest.
    static let fileBytesPerTurn = 4 << 20
    /// A client with a window below this, in bytes, is none that wants its answer soon.
    private static let smallWindow: UInt32 = 8 << 10
    /// The most bytes that the kernel takes for such a client beyond what it can send now. By itself it takes megabytes,
    /// in pieces of half of the window, and a megabyte in pieces of 256 bytes costs more than a millisecond. For others the
    /// limit would only make more calls.
    private static let unsentBytes = 64 << 10

    var pending = PendingOutput()
    /// Bytes that the kernel has taken, of all answers.
    private(set) var sent = 0
    /// Some of what was kept went out since the write limit was set.
    var hasSent = false
    private var isWindowKnown = false

    /// Sends what is kept, then `bytes`, then the file, as far as the client takes it; what is not taken is kept. True when
    /// nothing is left.
    mutating func send(
        _ bytes: [UInt8], _ file: OutgoingFile?, to socket: borrowing Socket, by tls: TLSTransport?,
        _ scoreboard: borrowing ScoreboardWriter
    ) throws(SystemError) -> Bool {
        if let tls { return try sendSealed(bytes, file, to: socket, by: tls, scoreboard) }
        guard try send(bytes, more: file != nil, socket, scoreboard) else { return false }
        guard let file else { return true }
        return try send(file, socket, scoreboard)
    }

    private mutating func send(
        _ bytes: [UInt8], more: Bool, _ socket: borrowing Socket, _ scoreboard: borrowing ScoreboardWriter
    ) throws(SystemError) -> Bool {
        if !bytes.isEmpty {
            if bytes.count > Self.unsentBytes { limitUnsent(socket) }
            var taken = 0
            if pending.isEmpty, case .bytes(let count) = try socket.send(bytes, more: more) {
                taken = count
                note(count, scoreboard)
            }
            if taken < bytes.count { pending.append(bytes[taken...]) }
            return pending.isEmpty
        }
        while !pending.isEmpty {
            guard case .bytes(let count) = try pending.send(to: socket, more: more) else { return false }
            note(count, scoreboard)
            hasSent = true
        }
        return true
    }

    private mutating func send(
        _ file: OutgoingFile, _ socket: borrowing Socket, _ scoreboard: borrowing ScoreboardWriter
    ) throws(SystemError) -> Bool {
        limitUnsent(socket)
        var budget = Self.fileBytesPerTurn
        while !file.isSent {
            guard budget > 0, case .bytes(let count) = try file.send(to: socket, limit: budget) else { return false }
            note(count, scoreboard)
            hasSent = true
            budget -= count
        }
        return true
    }

    mutating func note(_ count: Int, _ scoreboard: borrowing ScoreboardWriter) {
        sent += count
        scoreboard.add(.bytesOut, count)
    }

    /// Sends what the client takes of what is kept, before the connection ends. With TLS an end without close_notify says that
    /// something is missing.
    mutating func sendLast(
        to socket: borrowing Socket, by tls: TLSTransport?, _ scoreboard: borrowing ScoreboardWriter
    ) {
        if let tls {
            _ = try? sendSealed([], nil, to: socket, by: tls, scoreboard)
            return tls.mute()
        }
        guard !pending.isEmpty, case .bytes(let count)? = try? pending.send(to: socket, more: false) else { return }
        note(count, scoreboard)
    }

    /// Has the end of the connection look like one that comes too early.
    func breakOff(_ socket: borrowing Socket, _ tls: TLSTransport?) {
        try? socket.setLinger(seconds: 0)
        tls?.mute()
    }

    /// Looks at the client's window, once, before much is sent.
    private mutating func limitUnsent(_ socket: borrowing Socket) {
        guard !isWindowKnown else { return }
        isWindowKnown = true
        // There is no window on a unix socket.
        guard let window = try? socket.peerWindow(), window < Self.smallWindow else { return }
        try? socket.setUnsentLimit(bytes: Self.unsentBytes)
    }
}
