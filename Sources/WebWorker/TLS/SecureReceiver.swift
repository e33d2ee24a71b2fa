internal import Handoff
internal import Linux
internal import TLS

/// Takes what comes over a connection with TLS: a handshake's records, then those with requests.
struct SecureReceiver {
    let connection: Connection
    let tls: TLSTransport

    private var engine: TLSEngine { tls.engine }

    init(_ connection: Connection, _ tls: TLSTransport) {
        self.connection = connection
        self.tls = tls
    }

    /// Reads once, and serves what was in the records. Returns whether anything came.
    func receive(_ turn: inout Turn) -> Bool {
        // What is not read now is reported again.
        guard !tls.isHandshaking || engine.mayStep() else {
            connection.settle(&turn)
            return false
        }
        var somethingCame = false
        do throws(SystemError) {
            switch try engine.raw.fill(behind: tls.unread, from: connection.socket) {
            case .wouldBlock: break
            case .bytes(0): connection.tell(.endOfStream, &turn)
            case .bytes(let count):
                somethingCame = true
                turn.scoreboard.add(.bytesIn, count)
                let all = tls.unread.count + count
                tls.unread = []
                if !connection.machine.isLingering { take(all, &turn) }
            }
        } catch {
            connection.tell(.failed, &turn)
        }
        connection.settle(&turn)
        return somethingCame
    }

    /// Goes on with what another worker has decrypted, and then with what it has read.
    func goOn(decrypted: [UInt8], read: [UInt8], _ turn: inout Turn) {
        connection.input = decrypted
        if read.isEmpty {
            connection.advance(&turn)
        } else {
            engine.raw.put(read)
            take(read.count, &turn)
        }
        connection.settle(&turn)
    }

    /// Takes the first `count` bytes of the engine's buffer.
    private func take(_ count: Int, _ turn: inout Turn) {
        var start = 0
        if connection.peer.awaitsProxyHeader {
            guard let end = takeProxyHeader(count, &turn) else { return }
            start = end
        }
        while tls.isHandshaking {
            guard let used = shakeHands(start..<count, &turn) else { return }
            start += used
        }
        open(start..<count, &turn)
    }

    /// A PROXY header stands in front of the handshake. Returns where that begins; nil: not yet, or never.
    private func takeProxyHeader(_ count: Int, _ turn: inout Turn) -> Int? {
        let bytes = engine.raw.withBytes(count) { $0.bytes(0..<count) }
        var peer = connection.peer
        let front = peer.takeProxyHeader(bytes, isTLS: true, turn.site.trusted)
        connection.peer = peer
        switch front {
        case .request(let start): return start
        case .incomplete: tls.unread = bytes
        case .malformed: connection.tell(.failed, &turn)
        }
        return nil
    }

    // MARK: The handshake

    /// Takes the next record of a handshake. Returns how many bytes that were; nil: the rest must wait, or the connection is over.
    private func shakeHands(_ range: Range<Int>, _ turn: inout Turn) -> Int? {
        guard case .handshake(let begun) = tls.state, !connection.machine.isClosed, !range.isEmpty else { return nil }
        switch engine.raw.withBytes(range.upperBound, { HandshakeRecord($0.extracting(range)) }) {
        case .incomplete:
            tls.unread = engine.raw.withBytes(range.upperBound) { $0.bytes(range) }
            return nil
        case .plainHTTP where begun == nil:
            refusePlainHTTP(&turn)
            return nil
        case .plainHTTP: return step(begun, range, of: range, &turn)
        case .whole(let length): return step(begun, range.prefix(length), of: range, &turn)
        }
    }

    private func step(
        _ begun: Handshake?, _ range: Range<Int>, of whole: Range<Int>, _ turn: inout Turn
    ) -> Int? {
        guard let handshake = begun ?? begin(&turn) else {
            connection.tell(.failed, &turn)
            return nil
        }
        var out: [UInt8] = []
        let outcome = engine.raw.withBytes(range.upperBound) { bytes in
            unsafe bytes.extracting(range).withUnsafeBytes { unsafe handshake.take($0, sending: &out) }
        }
        tls.keep(out)
        switch outcome {
        case .goesOn: break
        case .established(var state):
            defer { state.wipe() }
            guard let records = RecordLayer(state, engine.ciphers) else { fatalError("a state that cannot be") }
            establish(.records(records), &turn)
        case .library(let session): establish(.library(session), &turn)
        case .failed:
            _ = try? tls.flush(to: connection.socket)
            tls.mute()
            connection.tell(.failed, &turn)
            return nil
        }
        // What there is goes out at once, since the client waits for it; or with the answer to a request that came along.
        if tls.isHandshaking || range.count == whole.count { _ = connection.send(&turn) }
        return connection.machine.isClosed ? nil : range.count
    }

    private func begin(_ turn: inout Turn) -> Handshake? {
        guard let handshake = Handshake(engine.context) else { return nil }
        tls.become(.handshake(handshake))
        if let oldest = engine.began(connection.token), let other = turn.connections.find(oldest) {
            other.tell(.failed, &turn)
        }
        return handshake
    }

    private func establish(_ state: TLSTransport.State, _ turn: inout Turn) {
        engine.ended(connection.token)
        tls.become(state)
        connection.tell(.handshakeEnded, &turn)
        guard turn.isDraining, !turn.offers.isOn || !turn.offers.takes(tls) else { return }
        connection.tell(.drainBegan, &turn)
    }

    /// A client that speaks HTTP where it should speak TLS gets an answer that it can read.
    private func refusePlainHTTP(_ turn: inout Turn) {
        connection.tls = nil
        let text = "This port speaks HTTPS: use https:// in the address.\n"
        turn.out.append(statusLine: .badRequest)
        turn.out.append(ascii: "Content-Type: text/plain; charset=utf-8\r\n")
        turn.out.append(contentLength: text.utf8.count)
        turn.appendDate()
        turn.out.append(ascii: "Connection: close\r\n\r\n")
        turn.out.append(contentsOf: text.utf8)
        turn.scoreboard.count(.badRequest)
        connection.tell(.refused, &turn)
        _ = connection.send(&turn)
    }

    // MARK: Records

    /// Opens the records in a part of the engine's buffer, and serves what was in them.
    private func open(_ range: Range<Int>, _ turn: inout Turn) {
        guard !range.isEmpty, !connection.machine.isClosed else { return }
        let opened = engine.raw.withBytes(range.upperBound) { tls.open($0.extracting(range)) }
        let rest = range.lowerBound + opened.consumed..<range.upperBound
        if !rest.isEmpty, opened.end == nil { tls.unread = engine.raw.withBytes(rest.upperBound) { $0.bytes(rest) } }
        if opened.content > 0 { connection.use(opened.content, of: engine.plain, &turn) }
        switch opened.end {
        case nil:
            tls.answerUpdate()
            if !tls.isFlushed, !connection.machine.isClosed { connection.advance(&turn) }
        case .closed: connection.tell(.endOfStream, &turn)
        case .aborted:
            tls.mute()
            connection.tell(.failed, &turn)
        case .failed(let alert):
            tls.say(alert, to: connection.socket)
            connection.tell(.failed, &turn)
        }
    }
}

/// What stands at the front of bytes that should be a handshake's.
enum HandshakeRecord: Equatable {
    /// A record, or something that libssl is to judge, of so many bytes.
    case whole(Int)
    /// The beginning of a request, it seems.
    case plainHTTP
    case incomplete

    init(_ bytes: Span<UInt8>) {
        let first = bytes[0]
        // A method; the content types of TLS are far from letters.
        if first &- 0x41 < 26 || first &- 0x61 < 26 {
            self = .plainHTTP
            return
        }
        guard bytes.count >= 5 else {
            self = .incomplete
            return
        }
        let length = Int(bytes[3]) << 8 | Int(bytes[4])
        // What is no record of a handshake, or is too long, libssl answers with an alert as soon as it sees the header.
        guard 20...23 ~= first, bytes[1] == 3, length <= RecordLayer.maxContentBytes + 256 else {
            self = .whole(bytes.count)
            return
        }
        self = bytes.count >= 5 + length ? .whole(5 + length) : .incomplete
    }
}
