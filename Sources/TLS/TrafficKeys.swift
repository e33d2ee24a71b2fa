internal import CLinux
internal import Linux

/// Secret, key and IV of one direction of a connection, in memory that a ``SecretArena`` lends, and the number of the next record
/// under them (RFC 8446 sections 5.3, 7.2 and 7.3).
@safe
struct TrafficKeys {
    /// The secret, the key, the IV; the rest is for alignment.
    static let byteCount = 96
    private static let keyPlace = 48
    private static let ivPlace = 80

    let suite: CipherSuite
    private let schedule: KeySchedule
    private let place: UnsafeMutableRawPointer
    /// The number of the next record.
    private(set) var sequence: UInt64
    /// Names these keys among all that a thread uses, so that a cipher context knows whether it has them.
    private(set) var serial: UInt64

    /// Keys of a secret as long as the suite's hash.
    init(
        _ suite: CipherSuite, secret: borrowing [UInt8], sequence: UInt64, at place: UnsafeMutableRawPointer,
        _ ciphers: RecordCiphers
    ) {
        self.suite = suite
        schedule = ciphers.schedule
        unsafe self.place = place
        self.sequence = sequence
        serial = ciphers.nextSerial()
        unsafe secret.withUnsafeBytes { unsafe place.copyMemory(from: $0.baseAddress!, byteCount: suite.hashBytes) }
        derive()
    }

    /// The secret; the taker wipes it.
    var secret: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: place, count: suite.hashBytes)) }

    /// Lent until the keys change.
    var key: UnsafePointer<UInt8> { unsafe bytes(at: Self.keyPlace) }

    /// The nonce of the next record, whose number goes up by that (RFC 8446 section 5.3).
    mutating func nextNonce() -> Nonce {
        let iv = unsafe bytes(at: Self.ivPlace)
        var nonce = Nonce(repeating: 0)
        for index in 0..<4 { nonce[index] = unsafe iv[index] }
        for index in 0..<8 {
            let byte = UInt8(truncatingIfNeeded: sequence >> UInt64(56 - 8 * index))
            unsafe nonce[4 + index] = iv[4 + index] ^ byte
        }
        sequence += 1
        return nonce
    }

    /// The next generation of the secret (RFC 8446 section 7.2); records begin at 0.
    mutating func update(serial: UInt64) {
        unsafe schedule.expand(suite, place, "traffic upd", into: place, count: suite.hashBytes)
        sequence = 0
        self.serial = serial
        derive()
    }

    private func derive() {
        unsafe schedule.expand(suite, place, "key", into: place + Self.keyPlace, count: suite.keyBytes)
        unsafe schedule.expand(suite, place, "iv", into: place + Self.ivPlace, count: 12)
    }

    private func bytes(at offset: Int) -> UnsafePointer<UInt8> {
        unsafe UnsafePointer((place + offset).assumingMemoryBound(to: UInt8.self))
    }
}

/// The 12 bytes that make each record's encryption another one.
typealias Nonce = InlineArray<12, UInt8>
