internal import Handoff
internal import Linux
internal import TLS

/// The TLS of one connection: its handshake, then its records, and what stands between them and the socket.
///
/// An idle connection holds its keys and nothing else: the SSL object is gone after a handshake of TLS 1.3, and buffers are the
/// worker's (``TLSEngine``).
final class TLSTransport {
    enum State {
        /// The client has said nothing; nil, or it has not said enough for a first step.
        case handshake(Handshake?)
        /// TLS 1.3: records are ours.
        case records(RecordLayer)
        /// TLS 1.2: records are libssl's.
        case library(LibrarySession)
    }

    let engine: TLSEngine
    private(set) var state = State.handshake(nil)
    /// Bytes that came and are no whole record yet.
    var unread: [UInt8] = []
    /// Nothing more may be said: close_notify or another alert is out, or the connection is another worker's.
    private(set) var isMute = false
    /// close_notify is among what is on its way.
    private var hasEnded = false

    /// Nothing follows what is being sent: close_notify goes along.
    var endsBehind = false

    /// Records that the client has not taken yet.
    private var kept: [UInt8] = []
    private var keptSent = 0
    /// The bytes of content in them.
    private var keptContent = 0

    /// A connection whose handshake is to come.
    init(_ engine: TLSEngine) { self.engine = engine }

    /// A connection that another worker has begun.
    init(_ engine: TLSEngine, _ records: RecordLayer) {
        self.engine = engine
        state = .records(records)
    }

    var isHandshaking: Bool { if case .handshake = state { true } else { false } }
    /// Nobody has read a byte of a handshake.
    var isFresh: Bool { if case .handshake(nil) = state { unread.isEmpty } else { false } }
    /// All that was sealed is out.
    var isFlushed: Bool { kept.isEmpty }
    /// How many bytes of records are left.
    var keptCount: Int { kept.count - keptSent }

    /// Whether another worker could go on with it.
    var mayLeave: Bool {
        guard isFlushed, !isMute else { return false }
        switch state {
        case .handshake: return isFresh
        case .records(let records): return records.mayLeave
        case .library: return false
        }
    }

    func become(_ state: State) { self.state = state }

    /// Opens the records in `bytes` into the engine's buffer.
    func open(_ bytes: Span<UInt8>) -> RecordLayer.Opened {
        unsafe bytes.withUnsafeBytes { records in
            unsafe engine.plain.withRoom { plain in
                switch state {
                case .handshake: RecordLayer.Opened(consumed: records.count)
                case .records(let layer): unsafe layer.open(records, into: plain)
                case .library(let session): unsafe session.open(records, into: plain)
                }
            }
        }
    }

    // MARK: Output

    /// Says close_notify in the last records: then nothing more is said.
    func sealEnd(_ records: RecordLayer, to out: UnsafeMutableRawPointer) -> Int {
        guard !isMute else { return 0 }
        let alert = records.seal(.closeNotify)
        unsafe alert.withUnsafeBytes { unsafe out.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        hasEnded = true
        return alert.count
    }

    /// Puts records behind those that were not taken yet, with so many bytes of content in them.
    func keep(_ records: UnsafeRawBufferPointer, content: Int) {
        guard !isMute else { return }
        unsafe kept.append(contentsOf: records)
        keptContent += content
    }

    /// The same with records that carry no content.
    func keep(_ records: [UInt8]) {
        guard !isMute else { return }
        kept += records
    }

    /// Has `write` put records behind those that were not taken yet.
    func keep(content: Int, _ write: (inout [UInt8]) -> Bool) -> Bool {
        guard !isMute, write(&kept) else { return false }
        keptContent += content
        return true
    }

    /// Sends what is left, as far as the client takes it; `more` says that other records follow at once. Nil: not all of it; else the
    /// bytes of content that are out by that.
    func flush(to socket: borrowing Socket, more: Bool = false) throws(SystemError) -> Int? {
        while keptSent < kept.count {
            let result = unsafe kept.withUnsafeBytes { all in
                Result { () throws(SystemError) in
                    try unsafe socket.send(UnsafeRawBufferPointer(rebasing: all[keptSent...]), more: more)
                }
            }
            guard case .bytes(let count) = try result.get() else { return nil }
            keptSent += count
        }
        kept = []
        keptSent = 0
        let content = keptContent
        keptContent = 0
        return content
    }

    /// Seals new keys of ours, if they are owed, when nothing else is on its way.
    func answerUpdate() {
        guard case .records(let records) = state, records.owesUpdate, isFlushed, !isMute else { return }
        var update = [UInt8](repeating: 0, count: 64)
        let count = unsafe update.withUnsafeMutableBytes { unsafe records.sealUpdate(to: $0.baseAddress!) }
        kept += update.prefix(count)
    }

    /// Sends an alert, as far as the socket takes it at once; nothing is said behind it. Not while records are on their way.
    func say(_ alert: Alert, to socket: borrowing Socket) {
        guard isFlushed, !isMute, !hasEnded else { return }
        switch state {
        case .handshake: break
        case .records(let records): kept = records.seal(alert)
        case .library(let session) where alert == .closeNotify: session.sealClose(into: &kept)
        // libssl has said by itself what is wrong.
        case .library(let session): session.readOutput(into: &kept)
        }
        _ = try? flush(to: socket)
        kept = []
        isMute = true
    }

    /// The connection ends. With a part of an answer unsent nothing says that this is the end.
    func end(_ token: UInt64, _ socket: borrowing Socket, isWhole: Bool) {
        engine.ended(token)
        if isWhole { say(.closeNotify, to: socket) }
    }

    /// Nothing more is said: the connection is another worker's, or must look broken.
    func mute() { isMute = true }
}
