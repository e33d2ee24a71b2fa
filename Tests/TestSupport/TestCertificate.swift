internal import Linux

/// A certificate that a test made, with its key, signed by itself.
package struct TestCertificate: Sendable {
    /// What the key is made of.
    package enum Kind: Sendable {
        /// ECDSA on P-256.
        case ec
        /// RSA of 2048 bits.
        case rsa
    }

    /// The certificate as PEM.
    package let chain: [UInt8]
    /// The key as PEM.
    package let key: [UInt8]

    /// Has openssl(1) make one for hosts, of which the first is its common name too.
    package init(_ names: String..., kind: Kind = .ec, days: Int = 30) throws {
        let directory = try TemporaryDirectory()
        let (certificate, key) = (directory.path("c.pem"), directory.path("k.pem"))
        let algorithm = kind == .ec ? ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["rsa:2048"]
        try Child.expect(
            [
                Program.path("openssl"), "req", "-x509", "-nodes", "-days", "\(days)", "-keyout", key, "-out",
                certificate, "-subj", "/CN=\(names.first ?? "localhost")", "-addext",
                "subjectAltName=" + names.map { "DNS:\($0)" }.joined(separator: ","), "-newkey",
            ] + algorithm)
        chain = try Files.read(certificate)
        self.key = try Files.read(key)
    }
}
