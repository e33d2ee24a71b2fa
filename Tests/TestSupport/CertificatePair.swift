internal import Linux
import Testing

/// A certificate and its key as files of a test, signed by itself, made by openssl(1).
package struct CertificatePair {
    /// The file of the certificate.
    package let certificate: String
    /// The file of its key.
    package let key: String

    /// Makes a certificate for hosts; with a negative number of days it has expired.
    ///
    /// - Parameters:
    ///   - directory: where the files are made: `NAME.pem` and `NAME.key`, which nobody else may read.
    ///   - rsaBits: the size of an RSA key; nil: an elliptic one, which is made faster.
    ///   - curve: of an elliptic key.
    package init(
        in directory: String, _ name: String = "tls", hosts: [String] = ["localhost"], days: Int = 90,
        rsaBits: Int? = nil, curve: String = "P-256"
    ) throws {
        let openssl = try Program.path("openssl")
        let base = "\(directory)/\(name)"
        certificate = "\(base).pem"
        key = "\(base).key"
        let kind = rsaBits.map { ["rsa:\($0)"] } ?? ["ec", "-pkeyopt", "ec_paramgen_curve:\(curve)"]
        let names = hosts.map { ($0.first?.isNumber == true ? "IP:" : "DNS:") + $0 }.joined(separator: ",")
        let request = try Child.run(
            [openssl, "req", "-new", "-nodes", "-newkey"] + kind + [
                "-keyout", key, "-out", "\(base).csr", "-subj", "/CN=\(hosts.first ?? "test")", "-addext",
                "subjectAltName=\(names)",
            ])
        try #require(request.status == .exited(code: 0), "\(request.errors)")
        let signed = try Child.run([
            openssl, "x509", "-req", "-in", "\(base).csr", "-signkey", key, "-days", "\(days)", "-copy_extensions",
            "copyall", "-out", certificate,
        ])
        try #require(signed.status == .exited(code: 0), "\(signed.errors)")
        try Files.unlink("\(base).csr")
        // Within the second in which it was made it has all of its days left, and one fewer from then on.
        let second = WallClock.now().components.seconds
        try wait(for: "the next second") { WallClock.now().components.seconds > second }
    }
}
