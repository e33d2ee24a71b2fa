internal import CLinux
internal import Handoff
internal import Linux

/// The keys of session tickets (RFC 5077 section 4, RFC 8446 section 4.6.1), in memory that no core dump has: the first makes tickets,
/// all of them open them.
@safe
final class TicketKeys {
    private let arena = SecretArena()
    private let keys: [UnsafeMutableRawPointer]
    /// AES-256-CBC.
    private let cipher: OpaquePointer

    /// Nil when OpenSSL lacks the cipher.
    init?(_ keys: [TLSKeys.TicketKey]) {
        guard let cipher = unsafe clinux_EVP_CIPHER_fetch(nil, "AES-256-CBC", nil) else { return nil }
        unsafe self.cipher = cipher
        var places = unsafe [UnsafeMutableRawPointer]()
        for key in keys {
            let place = unsafe arena.take()
            var bytes = key.bytes
            unsafe bytes.withUnsafeBytes { unsafe place.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
            bytes.wipe()
            unsafe places.append(place)
        }
        unsafe self.keys = places
    }

    var isEmpty: Bool { unsafe keys.isEmpty }

    /// Prepares the sealing of a ticket: writes the key's name and a new IV. False: there is no key.
    func begin(
        _ name: UnsafeMutablePointer<UInt8>, _ iv: UnsafeMutablePointer<UInt8>, _ context: OpaquePointer,
        _ mac: OpaquePointer
    ) -> Bool {
        guard let key = unsafe keys.first, unsafe clinux_RAND_bytes(iv, 16) == 1 else { return false }
        unsafe UnsafeMutableRawPointer(name).copyMemory(from: key, byteCount: 16)
        return unsafe set(key, iv, context, mac, isSealing: true)
    }

    /// Prepares the opening of a ticket whose key has this name. Nil: there is none any more. Else whether it is the newest.
    func find(
        _ name: UnsafePointer<UInt8>, _ iv: UnsafePointer<UInt8>, _ context: OpaquePointer, _ mac: OpaquePointer
    ) -> Bool? {
        let wanted = unsafe UnsafeRawBufferPointer(start: name, count: 16)
        for place in unsafe keys.indices {
            let key = unsafe keys[place]
            guard unsafe UnsafeRawBufferPointer(start: key, count: 16).elementsEqual(wanted) else { continue }
            return unsafe set(key, iv, context, mac, isSealing: false) ? place == 0 : nil
        }
        return nil
    }

    private func set(
        _ key: UnsafeMutableRawPointer, _ iv: UnsafePointer<UInt8>, _ context: OpaquePointer, _ mac: OpaquePointer,
        isSealing: Bool
    ) -> Bool {
        let secret = unsafe (key + 16).assumingMemoryBound(to: UInt8.self)
        guard unsafe clinux_EVP_CipherInit_ex(context, cipher, nil, secret, iv, isSealing ? 1 : 0) == 1 else {
            return false
        }
        let hash: StaticString = "SHA256"
        let hashName = unsafe UnsafeMutableRawPointer(mutating: hash.utf8Start)
        let parameters = unsafe [
            clinux_ossl_param(
                key: Self.text("key"), data_type: OpenSSL.parameterBytes, data: key + 48, data_size: 32, return_size: 0),
            clinux_ossl_param(
                key: Self.text("digest"), data_type: OpenSSL.parameterText, data: hashName,
                data_size: hash.utf8CodeUnitCount, return_size: 0),
            clinux_ossl_param(key: nil, data_type: 0, data: nil, data_size: 0, return_size: 0),
        ]
        return unsafe clinux_EVP_MAC_CTX_set_params(mac, parameters) == 1
    }

    private static func text(_ text: StaticString) -> UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
