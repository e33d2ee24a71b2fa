package import Handoff
internal import Linux

/// The records of an established TLS 1.3 connection, both ways: no socket, no handshake, no buffer of its own (RFC 8446 sections 5
/// and 6). It can be left at any record, and gone on with by another worker.
///
/// A record is opened in one piece, and never before it is whole. What is malformed ends the connection with the alert that the RFC
/// asks for; keys are changed by KeyUpdate, at the client's wish or before they have sealed too much.
@safe
package final class RecordLayer {
    /// The most bytes of application data in a record.
    package static let maxContentBytes = 1 << 14
    /// What a record has beside its content: header, type, tag.
    package static let overheadBytes = 5 + 1 + 16
    /// The longest record, with its header.
    package static let maxRecordBytes = 5 + maxContentBytes + 256
    /// So many records in a row may bring nothing: empty ones, KeyUpdates, warnings.
    private static let maxIdleRecords = 32

    /// The end of what came, if there was one.
    package enum End: Equatable, Sendable {
        /// The client sends no more: close_notify.
        case closed
        /// The client has given up, with this alert.
        case aborted(UInt8)
        /// What came is not TLS 1.3: this alert is to be sent, and the connection to be closed.
        case failed(Alert)
    }

    /// What came of bytes that were read.
    package struct Opened: Equatable, Sendable {
        /// So many of them are used. Behind them is a part of a record.
        package var consumed = 0
        /// So many bytes of application data were in them.
        package var content = 0
        package var end: End?

        /// Nothing of content yet.
        package init(consumed: Int = 0) { self.consumed = consumed }
    }

    let ciphers: RecordCiphers
    private let slot: UnsafeMutableRawPointer
    private var client: TrafficKeys
    private var server: TrafficKeys
    /// A handshake message of which a part is here.
    private var message: [UInt8] = []
    private var idleRecords = 0
    /// The client has asked for new keys of ours.
    package private(set) var owesUpdate = false
    private let names: (server: [UInt8], application: [UInt8])

    /// No honest connection has a record of this number: keys are changed long before.
    private static let mostSequence: UInt64 = 1 << 48

    /// Goes on with a connection. Nil for a state that no connection can have.
    package init?(_ state: borrowing TLSState, _ ciphers: RecordCiphers) {
        guard let suite = CipherSuite(rawValue: state.suite), state.clientSecret.count == suite.hashBytes,
            state.serverSecret.count == suite.hashBytes, state.clientSequence < Self.mostSequence,
            state.serverSequence < Self.mostSequence
        else { return nil }
        self.ciphers = ciphers
        unsafe slot = ciphers.arena.take()
        client = unsafe TrafficKeys(
            suite, secret: state.clientSecret, sequence: state.clientSequence, at: slot, ciphers)
        server = unsafe TrafficKeys(
            suite, secret: state.serverSecret, sequence: state.serverSequence, at: slot + TrafficKeys.byteCount, ciphers
        )
        names = (state.name, state.application)
    }

    deinit { unsafe ciphers.arena.giveBack(slot) }

    /// The host that the client has named; empty if it has named none.
    package var serverName: [UInt8] { names.server }
    /// Whether the connection can go on elsewhere: not within a handshake message, or while an answer to one is owed.
    package var mayLeave: Bool { message.isEmpty && !owesUpdate }

    /// What another worker needs to go on, with what was decrypted and not used. The taker wipes it.
    package func state(decrypted: [UInt8]) -> TLSState {
        TLSState(
            suite: client.suite.rawValue, client: (client.secret, client.sequence),
            server: (server.secret, server.sequence), decrypted: decrypted, names: names)
    }

    // MARK: Opening

    /// Opens the whole records at the front of `input` into `output`, which has room for as many bytes; the two do not overlap.
    package func open(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Opened {
        var opened = Opened()
        while opened.end == nil, let length = unsafe nextRecord(input, &opened) {
            let record = unsafe UnsafeRawBufferPointer(rebasing: input[opened.consumed..<opened.consumed + 5 + length])
            opened.consumed += record.count
            let out = unsafe output.baseAddress! + opened.content
            let body = unsafe UnsafeRawBufferPointer(rebasing: record[5...])
            guard unsafe ciphers.open(&client, header: record.baseAddress!, body, into: out) else {
                opened.end = .failed(.badRecordMAC)
                break
            }
            unsafe take(UnsafeRawBufferPointer(start: out, count: length - 16), &opened)
        }
        return opened
    }

    /// The length of the next record's body; nil when it is not whole, or cannot be one.
    private func nextRecord(_ input: UnsafeRawBufferPointer, _ opened: inout Opened) -> Int? {
        let start = opened.consumed
        guard input.count - start >= 5 else { return nil }
        let length = unsafe Int(input[start + 3]) << 8 | Int(input[start + 4])
        // Nothing comes in the clear any more (section 5). The version is not looked at (section 5.1).
        guard unsafe input[start] == ContentType.applicationData.rawValue else {
            opened.end = .failed(.unexpectedMessage)
            return nil
        }
        guard length <= Self.maxContentBytes + 256 else {
            opened.end = .failed(.recordOverflow)
            return nil
        }
        // Too short for a tag and a type: no AEAD could open it.
        guard length > 16 else {
            opened.end = .failed(.badRecordMAC)
            return nil
        }
        return input.count - start >= 5 + length ? length : nil
    }

    /// Takes what was in a record: content, the type, and zeros as padding (section 5.4).
    private func take(_ inner: UnsafeRawBufferPointer, _ opened: inout Opened) {
        guard inner.count <= Self.maxContentBytes + 1 else {
            opened.end = .failed(.recordOverflow)
            return
        }
        guard let last = unsafe inner.lastIndex(where: { $0 != 0 }) else {
            opened.end = .failed(.unexpectedMessage)
            return
        }
        let content = unsafe UnsafeRawBufferPointer(rebasing: inner[..<last])
        let type = unsafe ContentType(rawValue: inner[last])
        switch type {
        case .applicationData where message.isEmpty:
            opened.content += content.count
            if unsafe content.isEmpty { opened.end = noteIdle() } else { idleRecords = 0 }
        case .alert where message.isEmpty: opened.end = unsafe takeAlert(content)
        case .handshake: opened.end = unsafe takeHandshake(content)
        // Handshake messages are not interleaved with anything (section 5.1).
        case .applicationData, .alert, .changeCipherSpec, nil: opened.end = .failed(.unexpectedMessage)
        }
    }

    private func noteIdle() -> End? {
        idleRecords += 1
        return idleRecords > Self.maxIdleRecords ? .failed(.unexpectedMessage) : nil
    }

    /// An alert is whole in its record (section 5.1); none but close_notify and user_canceled leaves the connection alive (section 6).
    private func takeAlert(_ content: UnsafeRawBufferPointer) -> End? {
        guard unsafe !content.isEmpty else { return .failed(.unexpectedMessage) }
        guard content.count == 2 else { return .failed(.decodeError) }
        let number = unsafe content[1]
        switch number {
        case Alert.closeNotify.rawValue: return .closed
        case Alert.userCanceled.rawValue: return noteIdle()
        default: return .aborted(number)
        }
    }

    /// Of handshake messages a client may only send KeyUpdate (section 4.6.3), which may come in several records.
    private func takeHandshake(_ content: UnsafeRawBufferPointer) -> End? {
        guard unsafe !content.isEmpty else { return .failed(.unexpectedMessage) }
        // A KeyUpdate is of five bytes, and nothing follows it under the old keys (section 5.1).
        let isTooMuch = message.count + content.count > 5
        unsafe message.append(contentsOf: content.prefix(5 - message.count))
        guard message[0] == 24 else { return .failed(.unexpectedMessage) }
        guard message.count >= 4 else { return noteIdle() }
        guard message[1...3].elementsEqual([0, 0, 1]) else { return .failed(.decodeError) }
        guard let request = message.count == 5 ? message[4] : nil else { return noteIdle() }
        guard !isTooMuch else { return .failed(.unexpectedMessage) }
        guard request <= 1 else { return .failed(.illegalParameter) }
        message = []
        client.update(serial: ciphers.nextSerial())
        if request == 1 { owesUpdate = true }
        return noteIdle()
    }

    // MARK: Sealing

    /// The bytes that ``seal(_:_:to:)`` makes of so much content, at most: with the records that may stand in front of it.
    package static func sealedBytes(of count: Int) -> Int {
        count + (count / maxContentBytes + 1) * overheadBytes + 5 + overheadBytes
    }

    /// Seals application data as records, in front of which new keys may be announced. Returns how many bytes were written;
    /// `out` has room for ``sealedBytes(of:)``.
    package func seal(_ content: UnsafeRawBufferPointer, to out: UnsafeMutableRawPointer) -> Int {
        var written = unsafe sealUpdate(to: out)
        var start = 0
        while start < content.count {
            let end = min(start + Self.maxContentBytes, content.count)
            let piece = unsafe UnsafeRawBufferPointer(rebasing: content[start..<end])
            written += unsafe sealRecord(.applicationData, piece, to: out + written)
            start = end
        }
        return written
    }

    /// Seals one record of at most ``maxContentBytes``. The content may lie five bytes behind `out`: then it is sealed in its place.
    package func sealRecord(
        _ type: ContentType, _ content: UnsafeRawBufferPointer, to out: UnsafeMutableRawPointer
    ) -> Int {
        let length = content.count + 17
        unsafe out.storeBytes(of: ContentType.applicationData.rawValue, as: UInt8.self)
        unsafe out.storeBytes(of: 3, toByteOffset: 1, as: UInt8.self)
        unsafe out.storeBytes(of: 3, toByteOffset: 2, as: UInt8.self)
        unsafe out.storeBytes(of: UInt8(length >> 8), toByteOffset: 3, as: UInt8.self)
        unsafe out.storeBytes(of: UInt8(length & 0xff), toByteOffset: 4, as: UInt8.self)
        unsafe ciphers.seal(&server, type.rawValue, content, header: out, to: out + 5)
        return 5 + length
    }

    /// Announces new keys of ours, if the client has asked for them or the present ones have sealed enough (sections 4.6.3 and
    /// 5.5). Returns how many bytes were written: 27 or none.
    package func sealUpdate(to out: UnsafeMutableRawPointer) -> Int {
        guard owesUpdate || server.sequence >= server.suite.recordsPerKey else { return 0 }
        owesUpdate = false
        let update: [UInt8] = [24, 0, 0, 1, 0]
        let written = unsafe update.withUnsafeBytes { unsafe sealRecord(.handshake, $0, to: out) }
        server.update(serial: ciphers.nextSerial())
        return written
    }

    /// An alert, as one record of 24 bytes.
    package func seal(_ alert: Alert) -> [UInt8] {
        let level: UInt8 = alert == .closeNotify || alert == .userCanceled ? 1 : 2
        var record = [UInt8](repeating: 0, count: 2 + Self.overheadBytes)
        unsafe [level, alert.rawValue].withUnsafeBytes { content in
            unsafe record.withUnsafeMutableBytes {
                _ = unsafe sealRecord(.alert, content, to: $0.baseAddress!)
            }
        }
        return record
    }

    // MARK: For tests

    /// Seals content with its type and padding, as a peer does that keeps to no rule; nil for nothing.
    func rawRecord(_ inner: [UInt8]) -> [UInt8]? {
        guard let last = inner.last else { return nil }
        var out = [UInt8](repeating: 0, count: inner.count + Self.overheadBytes)
        let header: [UInt8] = [23, 3, 3, UInt8((inner.count + 16) >> 8), UInt8((inner.count + 16) & 0xff)]
        out.replaceSubrange(0..<5, with: header)
        unsafe inner.withUnsafeBytes { content in
            unsafe out.withUnsafeMutableBytes {
                let piece = unsafe UnsafeRawBufferPointer(rebasing: content.dropLast())
                unsafe ciphers.seal(&server, last, piece, header: $0.baseAddress!, to: $0.baseAddress! + 5)
            }
        }
        return Array(out.dropLast())
    }

    /// Changes our own keys without a word.
    func changeKeys() { server.update(serial: ciphers.nextSerial()) }
}
