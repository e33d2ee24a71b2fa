internal import CLinux
internal import Linux

/// A certificate whose private key is at hand, as far as one must know it who serves with it.
package struct Certificate: Equatable, Sendable {
    /// The names that it is for: DNS names, `*.` and a name for those below it. Source: RFC 5280, section
    /// 4.2.1.6.
    package let names: [String]
    /// The organization that has signed it, else that one's common name.
    package let issuer: String
    /// From when on it is good, in seconds since 1970.
    package let notBefore: Int64
    /// Until when it is good, in seconds since 1970.
    package let notAfter: Int64
    /// "RSA", "EC", "Ed25519", or the number that OpenSSL has for it.
    package let keyType: String
    /// The size of the key in bits.
    package let keyBits: Int
    /// How many certificates the file has: the server's own, and those that lead to one that clients know.
    package let chainCount: Int

    /// A certificate by its parts.
    package init(
        names: [String], issuer: String = "", notBefore: Int64 = 0, notAfter: Int64 = .max, keyType: String = "EC",
        keyBits: Int = 256, chainCount: Int = 2
    ) {
        self.names = names
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.keyType = keyType
        self.keyBits = keyBits
        self.chainCount = chainCount
    }

    /// Reads a certificate with its chain and a private key, both PEM. Nobody is asked for a passphrase.
    package init(chain: [UInt8], key: [UInt8], _ library: TLSLibrary) throws(CertificateError) {
        defer { clinux_ERR_clear_error() }
        let (certificate, count) = unsafe try Self.first(of: chain)
        defer { unsafe clinux_X509_free(certificate) }
        let privateKey = unsafe try Self.privateKey(key)
        defer { unsafe clinux_EVP_PKEY_free(privateKey) }
        guard unsafe clinux_X509_check_private_key(certificate, privateKey) == 1 else { throw .mismatch }
        let type = unsafe clinux_EVP_PKEY_get_id(privateKey)
        self.init(
            names: unsafe CertificateNames.of(certificate), issuer: unsafe Self.issuer(of: certificate),
            notBefore: unsafe Self.seconds(clinux_X509_get0_notBefore(certificate)),
            notAfter: unsafe Self.seconds(clinux_X509_get0_notAfter(certificate)),
            keyType: Self.keyTypes[type] ?? "\(type)", keyBits: unsafe Int(clinux_EVP_PKEY_get_bits(privateKey)),
            chainCount: count)
    }

    /// The first certificate, which is the server's own and the caller's to free, and how many there are. A later one that
    /// cannot be read spoils the chain.
    private static func first(of chain: [UInt8]) throws(CertificateError) -> (OpaquePointer, count: Int) {
        guard let source = unsafe memory(chain) else { throw .malformed }
        defer { _ = unsafe clinux_BIO_free(source) }
        clinux_ERR_clear_error()
        var first: OpaquePointer?
        var count = 0
        while let next = unsafe clinux_PEM_read_bio_X509(source, nil, nil, nil) {
            count += 1
            if unsafe first == nil { unsafe first = next } else { unsafe clinux_X509_free(next) }
        }
        guard OpenSSL.isEndOfPEM(clinux_ERR_peek_last_error()) else {
            unsafe clinux_X509_free(first)
            throw .malformed
        }
        guard let first = unsafe first else { throw .none }
        return unsafe (first, count)
    }

    private static func privateKey(_ bytes: [UInt8]) throws(CertificateError) -> OpaquePointer {
        guard let source = unsafe memory(bytes) else { throw .noKey }
        defer { _ = unsafe clinux_BIO_free(source) }
        // Nobody is asked for a passphrase; that one was wanted is noted.
        var isEncrypted = false
        let key = unsafe withUnsafeMutablePointer(to: &isEncrypted) { wanted in
            unsafe clinux_PEM_read_bio_PrivateKey(
                source, nil,
                { _, _, _, wanted in
                    unsafe wanted?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, wanted)
        }
        guard let key = unsafe key else { throw isEncrypted ? .encrypted : .noKey }
        return unsafe key
    }

    /// Bytes as OpenSSL reads a file; it has a copy of them.
    private static func memory(_ bytes: [UInt8]) -> OpaquePointer? {
        guard let memory = unsafe clinux_BIO_new(clinux_BIO_s_mem()) else { return nil }
        let written = unsafe bytes.withUnsafeBytes {
            unsafe clinux_BIO_write(memory, $0.baseAddress, CInt(clamping: $0.count))
        }
        guard written == bytes.count || bytes.isEmpty else {
            _ = unsafe clinux_BIO_free(memory)
            return nil
        }
        return unsafe memory
    }

    private static func issuer(of certificate: OpaquePointer) -> String {
        var text = [CChar](repeating: 0, count: 256)
        let name = unsafe clinux_X509_get_issuer_name(certificate)
        for part in [OpenSSL.organization, OpenSSL.commonName] {
            let count = unsafe clinux_X509_NAME_get_text_by_NID(name, part, &text, CInt(text.count))
            guard count > 0 else { continue }
            return ForeignText.line(
                String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return ""
    }

    private static func seconds(_ time: OpaquePointer?) -> Int64 {
        unsafe time.map { unsafe clinux_ASN1_TIME_seconds($0) } ?? 0
    }

    /// Whether the certificate is for a host, or for all hosts that a pattern `*.foobar.com` means. Source: RFC 6125, section
    /// 6.4.3: the star stands for one label, the leftmost.
    package func covers(_ host: String) -> Bool {
        let host = host.lowercased()
        return names.contains { name in
            if name == host { return true }
            guard name.hasPrefix("*."), let dot = host.firstIndex(of: "."), dot != host.startIndex else { return false }
            return name.dropFirst() == host[dot...]
        }
    }

    /// Source: obj_mac.h of OpenSSL.
    private static let keyTypes: [Int32: String] = [
        6: "RSA", 408: "EC", 912: "RSA-PSS", 1087: "Ed25519", 1088: "Ed448",
    ]
}

/// Why a certificate and a key are none that can be served with.
package enum CertificateError: Error, Equatable, Sendable {
    /// The file of the certificate has none.
    case none
    /// It has one that cannot be read.
    case malformed
    /// The file of the key has none, or none that can be read.
    case noKey
    /// The key wants a passphrase.
    case encrypted
    /// The key is that of another certificate.
    case mismatch
}
