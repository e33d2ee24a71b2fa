internal import CLinux

/// The ciphers of all connections of a thread: one context for each suite and direction, which is given a connection's key when
/// another one used it last. So an idle connection has no expanded keys, which take a kilobyte in each direction.
@safe
package final class RecordCiphers {
    @safe
    private struct Context {
        let pointer: OpaquePointer
        /// The keys that it has; 0 for none.
        var serial: UInt64 = 0
    }

    private var sealing: [Context] = []
    private var opening: [Context] = []
    private var serials: UInt64 = 0

    /// The memory for keys of connections.
    package let arena: SecretArena
    let schedule: KeySchedule

    /// Contexts without keys. Nil when OpenSSL lacks one of the ciphers (a restricted one, as in FIPS mode).
    package init?(_ library: TLSLibrary) {
        arena = SecretArena()
        guard let schedule = KeySchedule() else { return nil }
        self.schedule = schedule
        for suite in CipherSuite.allCases {
            guard let first = Self.context(suite, isSealing: true) else { return nil }
            sealing.append(first)
            guard let second = Self.context(suite, isSealing: false) else { return nil }
            opening.append(second)
        }
    }

    private static func context(_ suite: CipherSuite, isSealing: Bool) -> Context? {
        let name = unsafe UnsafeRawPointer(suite.cipherName.utf8Start).assumingMemoryBound(to: CChar.self)
        guard let cipher = unsafe clinux_EVP_CIPHER_fetch(nil, name, nil),
            let pointer = unsafe clinux_EVP_CIPHER_CTX_new()
        else { return nil }
        guard unsafe clinux_EVP_CipherInit_ex(pointer, cipher, nil, nil, nil, isSealing ? 1 : 0) == 1 else {
            unsafe clinux_EVP_CIPHER_CTX_free(pointer)
            return nil
        }
        return unsafe Context(pointer: pointer)
    }

    deinit {
        for context in sealing + opening { unsafe clinux_EVP_CIPHER_CTX_free(context.pointer) }
    }

    /// A number that no other keys have.
    func nextSerial() -> UInt64 {
        serials += 1
        return serials
    }

    /// Seals `count` bytes of a type as the next record's body: `count` + 17 bytes at `out`, which may be `content`.
    func seal(
        _ keys: inout TrafficKeys, _ type: UInt8, _ content: UnsafeRawBufferPointer, header: UnsafeRawPointer,
        to out: UnsafeMutableRawPointer
    ) {
        let place = keys.suite.place
        let key = unsafe sealing[place].serial == keys.serial ? nil : keys.key
        sealing[place].serial = keys.serial
        let done = unsafe keys.nextNonce().span.withUnsafeBufferPointer { nonce in
            unsafe clinux_tls_seal(
                sealing[place].pointer, key, nonce.baseAddress, header.assumingMemoryBound(to: UInt8.self),
                content.baseAddress?.assumingMemoryBound(to: UInt8.self), CInt(content.count), type,
                out.assumingMemoryBound(to: UInt8.self))
        }
        // Nothing that a client sends can lead here.
        guard done == 1 else { fatalError("a record cannot be sealed") }
    }

    /// Opens the body of the next record into `out`: 16 bytes less. False: it is not what was sealed.
    func open(
        _ keys: inout TrafficKeys, header: UnsafeRawPointer, _ body: UnsafeRawBufferPointer,
        into out: UnsafeMutableRawPointer
    ) -> Bool {
        let place = keys.suite.place
        let key = unsafe opening[place].serial == keys.serial ? nil : keys.key
        opening[place].serial = keys.serial
        let done = unsafe keys.nextNonce().span.withUnsafeBufferPointer { nonce in
            unsafe clinux_tls_open_record(
                opening[place].pointer, key, nonce.baseAddress, header.assumingMemoryBound(to: UInt8.self),
                body.baseAddress?.assumingMemoryBound(to: UInt8.self), CInt(body.count),
                out.assumingMemoryBound(to: UInt8.self))
        }
        return done == 1
    }
}

extension CipherSuite {
    fileprivate var place: Int { Int(rawValue) - Int(CipherSuite.aes128GCM.rawValue) }
}
