/// A cipher suite of TLS 1.3 (RFC 8446 appendix B.4).
package enum CipherSuite: UInt16, CaseIterable, Sendable {
    case aes128GCM = 0x1301
    case aes256GCM = 0x1302
    case chaCha20Poly1305 = 0x1303

    /// The length of the suite's hash, and so of its secrets.
    package var hashBytes: Int { self == .aes256GCM ? 48 : 32 }
    /// The length of a key.
    package var keyBytes: Int { self == .aes128GCM ? 16 : 32 }
    /// OpenSSL's name of the cipher.
    var cipherName: StaticString {
        switch self {
        case .aes128GCM: "AES-128-GCM"
        case .aes256GCM: "AES-256-GCM"
        case .chaCha20Poly1305: "ChaCha20-Poly1305"
        }
    }

    /// So many records are sealed under one key. With AES-GCM 2^24.5 full ones are safe (RFC 8446 section 5.5).
    var recordsPerKey: UInt64 { 1 << 23 }
}
