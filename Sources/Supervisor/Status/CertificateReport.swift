/// A certificate with which listeners speak TLS.
package struct CertificateReport: Codable, Equatable, Sendable {
    /// The hosts that it is for, `*.` and a name for those below it.
    package var hosts: [String]
    /// The organization that has signed it.
    package var issuer: String
    /// Where it lies; absent if it is not in the configuration any more.
    package var file: String?
    /// The end of its validity: "2027-03-01T12:00:00.000Z".
    package var validUntil: String
    /// Until then; negative: it has expired.
    package var secondsLeft: Int

    package init(hosts: [String], issuer: String, file: String?, validUntil: String, secondsLeft: Int) {
        self.hosts = hosts
        self.issuer = issuer
        self.file = file
        self.validUntil = validUntil
        self.secondsLeft = secondsLeft
    }
}
