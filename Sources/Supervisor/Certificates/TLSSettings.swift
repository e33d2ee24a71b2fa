/// The object `tls` of `deployd.json`: the certificates of the listeners that speak TLS, and where an ACME client puts its
/// proofs.
package struct TLSSettings: Sendable, Hashable {
    /// Chosen by the name that a client asks for; the first is the default. Empty: there are none.
    package var certificates: [CertificateFiles] = []
    /// The webroot of an ACME client, absolute: what lies below `.well-known/acme-challenge` there is answered on every
    /// listener without TLS, whatever release serves. Nil: nothing is.
    package var challenges: String?

    package init(certificates: [CertificateFiles] = [], challenges: String? = nil) {
        self.certificates = certificates
        self.challenges = challenges
    }

    /// The directory of the proofs themselves. Source: RFC 8555, section 8.3.
    var proofs: String? { challenges.map { Paths.join($0, Self.proofsPath) } }

    /// The path of the proofs below a webroot, and below a site's root.
    static let proofsPath = ".well-known/acme-challenge"

    /// Reads the object, whose paths start at `directory`.
    static func read(_ key: String, directory: String, from reader: inout ObjectReader) -> TLSSettings {
        reader.object(key) { reader in
            TLSSettings(
                certificates: CertificateFiles.list("certificates", directory: directory, from: &reader),
                challenges: reader.text("challenges", expected: "a directory such as \"/var/lib/deployd/challenges\"")
                    .map { Paths.join(directory, $0) })
        }
    }
}

/// The two files of a certificate, absolute. Both are PEM.
package struct CertificateFiles: Sendable, Hashable {
    /// The certificate, with those that it was signed with behind it.
    package var certificate: String
    /// The private key.
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    fileprivate static func list(_ key: String, directory: String, from reader: inout ObjectReader) -> [Self] {
        let items = reader.read(key, expected: "a list: [{ certificate: \"fullchain.pem\", key: \"privkey.pem\" }]") {
            $0.items
        }
        guard let items else {
            // So that the keys of an item are known where there is none.
            _ = reader.nested(key + "[]", isItem: true, fields: [:]) { read(directory, from: &$0) }
            return []
        }
        return items.enumerated().compactMap { index, value in
            let item = "\(key)[\(index)]"
            guard let fields = value.fields else {
                reader.refuse(
                    item, found: value.found,
                    expected: "an object: { certificate: \"fullchain.pem\", key: \"privkey.pem\" }")
                return nil
            }
            return reader.nested(item, isItem: true, fields: fields) { reader in
                for part in ["certificate", "key"] where !reader.has(part) {
                    reader.refuse(part, found: "nothing", expected: words[part] ?? "")
                }
                return read(directory, from: &reader)
            }
        }
    }

    private static let words = [
        "certificate": "the file of the certificate and its chain, as PEM",
        "key": "the file of the private key, as PEM",
    ]

    private static func read(_ directory: String, from reader: inout ObjectReader) -> Self? {
        let certificate = reader.text("certificate", expected: words["certificate"] ?? "")
        let key = reader.text("key", expected: words["key"] ?? "")
        guard let certificate, let key else { return nil }
        return Self(certificate: Paths.join(directory, certificate), key: Paths.join(directory, key))
    }
}

extension Configuration {
    /// The listeners that speak TLS.
    package var secureListeners: [ListenerSetting] { listeners.filter(\.isSecure) }
}
