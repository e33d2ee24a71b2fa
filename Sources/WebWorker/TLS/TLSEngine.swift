internal import Handoff
internal import Linux
internal import TLS

/// What the TLS connections of a worker have in common. Belongs to the loop's thread; there is none in a worker that was given no
/// keys.
final class TLSEngine {
    /// The bytes of content that are sealed for one send.
    static let batchBytes = 4 * RecordLayer.maxContentBytes
    /// Handshakes of which a turn takes a step, so that those of many clients at once do not hold up the requests of others: each may
    /// cost a signature. The others' bytes wait in their sockets.
    private static let stepsPerTurn = 16
    /// The most handshakes that have begun and are not done. Beyond that the oldest one ends: whoever completes his handshake in the
    /// time that so many others need to begin theirs loses nothing.
    private static let maxHandshakes = 1024

    let ciphers: RecordCiphers
    private let library: TLSLibrary
    /// For handshakes from now on.
    private(set) var context: ServerContext

    /// Records as they come, behind a part of one that was here.
    let raw = ReceiveBuffer(byteCount: 64 * 1024 + RecordLayer.maxRecordBytes)
    /// What was in them: of a connection of TLS 1.2 a record more than came.
    let plain = ReceiveBuffer(byteCount: 64 * 1024 + 2 * RecordLayer.maxRecordBytes)
    /// Records on their way out.
    let sealed = ReceiveBuffer(byteCount: RecordLayer.sealedBytes(of: batchBytes) + 64)

    private var steps = 0
    private var handshakes = HandshakeQueue(limit: TLSEngine.maxHandshakes)

    /// Opens OpenSSL, and reads a bundle from a descriptor that it takes over.
    init(owning number: CInt) throws(SystemError) {
        let keys = FileDescriptor(owning: number)
        do {
            library = try TLSLibrary.open()
            context = try Self.context(keys, library)
            guard let ciphers = RecordCiphers(library) else { throw TLSLibrary.Missing(part: "AES-GCM") }
            self.ciphers = ciphers
        } catch {
            throw SystemError(call: "TLS", errno: .invalid, subject: "\(error)")
        }
    }

    private static func context(
        _ file: borrowing FileDescriptor, _ library: TLSLibrary
    ) throws -> ServerContext {
        guard var keys = try TLSKeys(reading: file) else { throw UnreadableKeys() }
        defer { keys.wipe() }
        return try ServerContext(keys, library)
    }

    /// Uses another bundle for handshakes from now on, or says why not and keeps the present one. Takes over the descriptor.
    func replaceKeys(owning number: CInt) {
        let keys = FileDescriptor(owning: number)
        do { context = try Self.context(keys, library) } catch {
            StandardError.line("WebWorker: the new certificates cannot be used, the former ones stay: \(error)")
        }
    }

    /// A turn begins.
    func begin() { steps = 0 }

    /// Whether a handshake may take a step in this turn; then it counts.
    func mayStep() -> Bool {
        steps += 1
        return steps <= Self.stepsPerTurn
    }

    /// A connection's handshake has begun. Returns the connection whose handshake must end for it.
    func began(_ token: UInt64) -> UInt64? { handshakes.add(token) }

    /// It is over, in whatever way.
    func ended(_ token: UInt64) { handshakes.remove(token) }
}

/// The file has no bundle of keys that this version knows.
private struct UnreadableKeys: Error, CustomStringConvertible {
    var description: String { "the keys that deployd has passed are of another version of deployd" }
}

/// Handshakes under way, in the order in which they began.
struct HandshakeQueue: Equatable, Sendable {
    private let limit: Int
    /// Places of those that have ended stay, until they are at the front, or too many.
    private var order: [UInt64] = []
    private var front = 0
    private var members: Set<UInt64> = []

    init(limit: Int) { self.limit = limit }

    var count: Int { members.count }

    /// Returns the oldest one if there are too many with this one; it is no member any more.
    mutating func add(_ token: UInt64) -> UInt64? {
        guard members.insert(token).inserted else { return nil }
        order.append(token)
        guard members.count > limit else { return nil }
        while front < order.count {
            let oldest = order[front]
            front += 1
            if members.remove(oldest) != nil { return oldest }
        }
        return nil
    }

    mutating func remove(_ token: UInt64) {
        guard members.remove(token) != nil else { return }
        if members.isEmpty {
            order.removeAll(keepingCapacity: true)
            front = 0
        } else if order.count > 2 * limit + 2 * members.count {
            order = order[front...].filter { members.contains($0) }
            front = 0
        }
    }
}
