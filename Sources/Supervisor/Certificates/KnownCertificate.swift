internal import DeployCore
internal import Linux
internal import TLS

/// A certificate that workers serve with.
struct KnownCertificate: Equatable {
    /// Where it lies; nil: it is not in the configuration any more.
    let files: CertificateFiles?
    let certificate: Certificate

    /// "foobar.com and www.foobar.com, valid until 2027-01-05".
    var summary: String { "\(hosts), valid until \(CertificateReading.day(certificate.notAfter))" }

    private var hosts: String {
        let names = certificate.names
        switch names.count {
        case 0: return "no host"
        case 1...3: return names.joined(separator: ", ")
        default: return names.prefix(2).joined(separator: ", ") + " and \(names.count - 2) more"
        }
    }

    /// - Parameter now: since 1970.
    func report(at now: Duration) -> CertificateReport {
        CertificateReport(
            hosts: certificate.names, issuer: certificate.issuer, file: files?.certificate,
            validUntil: WallClock.text(.seconds(certificate.notAfter)), secondsLeft: left(at: now))
    }

    /// For how many seconds it is still valid; negative: it has expired.
    private func left(at now: Duration) -> Int { Int(clamping: certificate.notAfter - now.components.seconds) }

    /// What a person has to do about it, so long before it expires that there is time for it.
    func problem(at now: Duration) -> ProblemReport? {
        let left = left(at: now)
        let advice = "`certbot renew`, or whatever renews it; deployd takes the new files by itself"
        if left < 0 {
            return ProblemReport(
                "the certificate of \(hosts) expired on \(CertificateReading.day(certificate.notAfter)): browsers refuse the site",
                advice: advice)
        }
        guard left < Self.warning else { return nil }
        let days = left / 86_400
        return ProblemReport(
            "the certificate of \(hosts) expires in \(CountText.of(days, "day")), on "
                + CertificateReading.day(certificate.notAfter), advice: advice)
    }

    /// 14 days, in seconds: certbot renews 30 days before the end.
    private static let warning = 14 * 86_400
}
