internal import CLinux

/// The hosts of a certificate.
enum CertificateNames {
    /// The DNS names of subjectAltName, in lower case, wildcards as they stand (`*.example.com`); without the extension the common
    /// name. What has a zero in it, or is no ASCII, is left out. Source: RFC 6125.
    static func of(_ certificate: OpaquePointer) -> [String] {
        guard let extensionValue = unsafe clinux_X509_get_ext_d2i(certificate, OpenSSL.subjectAltName, nil, nil) else {
            return unsafe commonName(certificate)
        }
        let found = OpaquePointer(extensionValue)
        defer { unsafe clinux_GENERAL_NAMES_free(found) }
        return unsafe (0..<clinux_OPENSSL_sk_num(found)).compactMap { index in
            guard let name = unsafe clinux_OPENSSL_sk_value(found, index) else { return nil }
            var type: CInt = 0
            guard let value = unsafe clinux_GENERAL_NAME_get0_value(OpaquePointer(name), &type),
                type == OpenSSL.nameDNS
            else { return nil }
            let string = OpaquePointer(value)
            let bytes = unsafe UnsafeBufferPointer(
                start: clinux_ASN1_STRING_get0_data(string), count: Int(clinux_ASN1_STRING_length(string)))
            return unsafe host(Array(bytes))
        }
    }

    private static func commonName(_ certificate: OpaquePointer) -> [String] {
        var text = [CChar](repeating: 0, count: 256)
        let subject = unsafe clinux_X509_get_subject_name(certificate)
        let count = unsafe clinux_X509_NAME_get_text_by_NID(subject, OpenSSL.commonName, &text, CInt(text.count))
        guard count > 0 else { return [] }
        return host(text.prefix(Int(count)).map { UInt8(bitPattern: $0) }).map { [$0] } ?? []
    }

    private static func host(_ bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty, bytes.count <= 253, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }
}
