@testable import Handoff
@testable import TLS

/// Messages of a hand-over are read without a trap, and those that are read say what they were read from.
func fuzzHandover(_ bytes: [UInt8]) {
    if let message = HandoverMessage(parsing: bytes) {
        guard message.read.count == message.transports.count, message.read.count <= HandoverMessage.maxConnections,
            HandoverMessage(parsing: message.bytes) == message
        else { fatalError("not the same message") }
        for case .establishedTLS(let state) in message.transports { fuzzState(state) }
    }
    fuzzState(bytes)
    if let keys = TLSKeys(parsing: bytes), keys.bytes != bytes { fatalError("not the same keys") }
}

private func fuzzState(_ bytes: [UInt8]) {
    guard let state = TLSState(parsing: bytes) else { return }
    guard state.bytes == bytes else { fatalError("not the same state") }
    guard let records = RecordLayer(state, Secure.ciphers) else { return }
    _ = records.opened(bytes)
    _ = records.seal(.closeNotify)
}

/// The first bytes say what records are made of: good ones, changed ones, foreign ones. What is opened is the same in one piece and
/// in many, and nothing traps.
func fuzzRecords(_ bytes: [UInt8]) {
    guard bytes.count > 2 else { return }
    let suites: [UInt16] = [0x1301, 0x1302, 0x1303]
    let suite = suites[Int(bytes[0]) % 3]
    func layer(turned: Bool) -> RecordLayer {
        let count = suite == 0x1302 ? 48 : 32
        let secrets = ([UInt8](repeating: 1, count: count), [UInt8](repeating: 2, count: count))
        let state = TLSState(
            suite: suite, client: (turned ? secrets.1 : secrets.0, 0), server: (turned ? secrets.0 : secrets.1, 0),
            decrypted: [], names: ([], []))
        guard let layer = RecordLayer(state, Secure.ciphers) else { fatalError("no layer") }
        return layer
    }
    let client = layer(turned: true)
    var stream: [UInt8] = []
    var place = 1
    // Each command: what to do, how many bytes follow.
    while place + 2 <= bytes.count {
        let command = bytes[place]
        let content = Array(bytes[(place + 2)...].prefix(Int(bytes[place + 1])))
        place += 2 + content.count
        switch command % 4 {
        case 0: stream += content
        case 1: stream += client.rawRecord(content) ?? []
        case 2:
            stream += client.rawRecord([24, 0, 0, 1, content.first ?? 0, 22]) ?? []
            client.changeKeys()
        default: stream += client.rawRecord(content + [23]) ?? []
        }
    }
    let (whole, end) = layer(turned: false).opened(stream)
    let (pieces, otherEnd) = layer(turned: false).opened(stream, by: 1 + Int(bytes[0]) % 50)
    guard whole == pieces, end == otherEnd else { fatalError("in pieces \(otherEnd as Any), in one \(end as Any)") }
}

private enum Secure {
    nonisolated(unsafe) static let ciphers: RecordCiphers = {
        guard let library = try? TLSLibrary.open(), let ciphers = RecordCiphers(library) else {
            fatalError("no libssl3")
        }
        return ciphers
    }()
}

extension RecordLayer {
    /// What is opened of a stream that comes in pieces, and its end.
    fileprivate func opened(_ stream: [UInt8], by step: Int = .max) -> (content: [UInt8], end: End?) {
        var content: [UInt8] = []
        var waiting: [UInt8] = []
        var place = 0
        while place < stream.count {
            let next = stream.count - place <= step ? stream.count : place + step
            waiting += stream[place..<next]
            place = next
            var output = [UInt8](repeating: 0, count: waiting.count + 1)
            let opened = waiting.withUnsafeBytes { records in
                output.withUnsafeMutableBytes { open(records, into: $0) }
            }
            content += output.prefix(opened.content)
            if let end = opened.end { return (content, end) }
            waiting.removeFirst(opened.consumed)
        }
        return (content, nil)
    }
}
