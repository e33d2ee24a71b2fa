internal import DeployCore
internal import FoundationEssentials
internal import Handoff
internal import TLS

/// The hosts that a release serves, as certificates are judged by them: by what its workers were told, whatever has become of its
/// manifest.
struct ServedHosts {
    private let web: WebSettings
    private let file: String

    /// Nil: the release has no web server of deployd's.
    init?(_ release: RunnableRelease) {
        let front = "\(WorkerEnvironment.web)="
        guard let text = release.order.environment.first(where: { $0.hasPrefix(front) }),
            let web = try? JSONDecoder().decode(WebSettings.self, from: Data(text.utf8.dropFirst(front.utf8.count)))
        else { return nil }
        self.web = web
        file = "\(release.label)/\(Defaults.manifestFile)"
    }

    /// Hosts that would get nowhere with new certificates, and get somewhere with those that are in use.
    func losses(_ new: [Certificate], inPlaceOf old: [Certificate]) -> [Problem] {
        let before = SecureCheck.hostFindings(web, old, file: file).problems.map(\.found)
        return SecureCheck.hostFindings(web, new, file: file).problems.filter { !before.contains($0.found) }
    }
}
