internal import Handoff
internal import Linux
internal import TLS

extension Outgoing {
    /// Sends what is kept, then `bytes`, then the file, as records, as far as the client takes them; what is not taken is kept. True
    /// when nothing is left. Of a file a few records are read and sealed at a time.
    mutating func sendSealed(
        _ bytes: [UInt8], _ file: OutgoingFile?, to socket: borrowing Socket, by tls: TLSTransport,
        _ scoreboard: borrowing ScoreboardWriter
    ) throws(SystemError) -> Bool {
        var source = SealedSource(bytes: bytes, file: file, budget: Self.fileBytesPerTurn)
        while true {
            guard let content = try tls.flush(to: socket, more: source.hasMore(pending)) else { break }
            if content > 0 { noteSealed(content, scoreboard) }
            guard source.hasMore(pending) else { return true }
            guard source.budget > 0 else { break }
            try sealBatch(&source, tls, socket, scoreboard)
        }
        source.keepRest(in: &pending)
        return false
    }

    /// Seals the next records and sends them; what the client does not take is the transport's.
    private mutating func sealBatch(
        _ source: inout SealedSource, _ tls: TLSTransport, _ socket: borrowing Socket,
        _ scoreboard: borrowing ScoreboardWriter
    ) throws(SystemError) {
        let sealed = tls.engine.sealed
        switch tls.state {
        case .handshake: throw SystemError(call: "TLS", errno: .invalid)
        case .library(let session):
            let content = try unsafe sealed.withRoom { (area: UnsafeMutableRawBufferPointer) throws(SystemError) in
                try unsafe source.fill(
                    UnsafeMutableRawBufferPointer(rebasing: area.prefix(RecordLayer.maxContentBytes)), &pending)
            }
            let isDone = sealed.withBytes(content) { bytes in
                tls.keep(content: content) { kept in
                    unsafe bytes.withUnsafeBytes { unsafe session.seal($0, into: &kept) }
                }
            }
            guard isDone else { throw SystemError(call: "TLS", errno: .inputOutput) }
        case .records(let records):
            let (count, content) = try unsafe sealed.withRoom { area throws(SystemError) in
                try unsafe sealRecords(&source, records, tls, area)
            }
            guard case .bytes(let sent) = try sealed.send(count, to: socket) else {
                return sealed.withBytes(count) { all in
                    unsafe all.withUnsafeBytes { unsafe tls.keep($0, content: content) }
                }
            }
            hasSent = true
            if sent == count { return noteSealed(content, scoreboard) }
            sealed.withBytes(count) { all in
                unsafe all.withUnsafeBytes {
                    unsafe tls.keep(UnsafeRawBufferPointer(rebasing: $0[sent...]), content: content)
                }
            }
        }
    }

    /// Fills `area` with records, each sealed in its place.
    private mutating func sealRecords(
        _ source: inout SealedSource, _ records: RecordLayer, _ tls: TLSTransport, _ area: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> (count: Int, content: Int) {
        var count = unsafe records.sealUpdate(to: area.baseAddress!)
        var content = 0
        while content < TLSEngine.batchBytes, source.hasMore(pending), source.budget > 0 {
            let start = count + 5
            let room = unsafe UnsafeMutableRawBufferPointer(
                rebasing: area[start..<start + RecordLayer.maxContentBytes])
            let filled = try unsafe source.fill(room, &pending)
            guard filled > 0 else { break }
            count += unsafe records.sealRecord(
                .applicationData, UnsafeRawBufferPointer(rebasing: room[..<filled]), to: area.baseAddress! + count)
            content += filled
        }
        if tls.endsBehind, !source.hasMore(pending) {
            count += unsafe tls.sealEnd(records, to: area.baseAddress! + count)
        }
        return (count, content)
    }

    private mutating func noteSealed(_ content: Int, _ scoreboard: borrowing ScoreboardWriter) {
        hasSent = true
        note(content, scoreboard)
    }
}

/// What is to be sealed: what is kept from before, what was just written, a file behind them.
private struct SealedSource {
    let bytes: [UInt8]
    var taken = 0
    let file: OutgoingFile?
    /// So many bytes of the file may go in this turn.
    var budget: Int

    init(bytes: [UInt8], file: OutgoingFile?, budget: Int) {
        self.bytes = bytes
        self.file = file
        self.budget = budget
    }

    func hasMore(_ pending: PendingOutput) -> Bool {
        !pending.isEmpty || taken < bytes.count || file?.isSent == false
    }

    /// Fills `area` from the front of what there is. Returns how many bytes.
    mutating func fill(
        _ area: UnsafeMutableRawBufferPointer, _ pending: inout PendingOutput
    ) throws(SystemError) -> Int {
        var count = unsafe pending.take(into: area)
        if pending.isEmpty, taken < bytes.count, count < area.count {
            let piece = min(bytes.count - taken, area.count - count)
            unsafe bytes.withUnsafeBytes {
                unsafe (area.baseAddress! + count).copyMemory(from: $0.baseAddress! + taken, byteCount: piece)
            }
            taken += piece
            count += piece
        }
        while pending.isEmpty, taken == bytes.count, let file, !file.isSent, count < area.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: area[count...])
            let read = try unsafe file.read(into: rest)
            count += read
            budget -= read
        }
        return count
    }

    /// Keeps what was written and is not sealed.
    func keepRest(in pending: inout PendingOutput) {
        if taken < bytes.count { pending.append(bytes[taken...]) }
    }
}
