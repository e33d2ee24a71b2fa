internal import CLinux
internal import Handoff

/// A certificate of a bundle as OpenSSL has it: read from PEM, and freed with this value.
@safe
final class CertificateFile {
    /// The certificate, and those of the authorities behind it. Never empty.
    let chain: [OpaquePointer]
    let key: OpaquePointer

    /// Reads both.
    init(_ certificate: TLSKeys.Certificate, _ library: TLSLibrary) throws(ServerContext.Unusable) {
        guard let key = unsafe Self.key(certificate.key) else {
            throw .init("its key cannot be read: \(library.takeError() ?? "no PEM of a private key")")
        }
        unsafe self.key = key
        unsafe chain = Self.chain(certificate.chain)
        // The end of the file is an error to its reader.
        let error = library.takeError()
        guard unsafe !chain.isEmpty else { throw .init("it cannot be read: \(error ?? "no PEM of a certificate")") }
        guard unsafe clinux_X509_check_private_key(chain[0], key) == 1 else {
            _ = library.takeError()
            throw .init("its key is another certificate's")
        }
    }

    deinit {
        for index in unsafe chain.indices { unsafe clinux_X509_free(chain[index]) }
        unsafe clinux_EVP_PKEY_free(key)
    }

    var names: [String] { unsafe CertificateNames.of(chain[0]) }
    var keyType: CInt { unsafe clinux_EVP_PKEY_get_id(key) }

    private static func key(_ pem: borrowing [UInt8]) -> OpaquePointer? {
        unsafe pem.withUnsafeBytes { bytes in
            guard let file = unsafe clinux_BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count)) else { return nil }
            defer { unsafe clinux_BIO_free(file) }
            // Never asks anybody for a password.
            return unsafe clinux_PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in 0 }, nil)
        }
    }

    private static func chain(_ pem: borrowing [UInt8]) -> [OpaquePointer] {
        unsafe pem.withUnsafeBytes { bytes in
            guard let file = unsafe clinux_BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count)) else {
                return unsafe []
            }
            defer { unsafe clinux_BIO_free(file) }
            var chain = unsafe [OpaquePointer]()
            while let certificate = unsafe clinux_PEM_read_bio_X509(file, nil, { _, _, _, _ in 0 }, nil) {
                unsafe chain.append(certificate)
            }
            return unsafe chain
        }
    }
}
