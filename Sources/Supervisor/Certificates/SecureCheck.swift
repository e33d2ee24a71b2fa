internal import Handoff
internal import Linux
internal import TLS

/// Checks that a release fits listeners that speak TLS: what takes the connections must speak it, and the certificates should be
/// for the hosts that it serves.
///
/// (What takes the connections is asked, too: see ``Workers/obstacleToTLS(of:_:)``.)
struct SecureCheck {
    let manifest: Manifest
    let listeners: [ListenerSetting]
    /// The manifest's name in problems.
    let file: String

    /// What to do with a server that takes the socket itself.
    static let wayOut =
        "let deployd's web server stand before it, which speaks TLS (`deployd init --server NAME --behind-web DIR` shows how), or "
        + "serve it at a listener without `tls`"

    var problems: [Problem] { [commandProblem, redirectProblem].compactMap { $0 } }

    /// A server of which it is known that it takes the sockets itself, and knows nothing of our certificates. (What is not known
    /// is asked: a worker that is ready says whether it speaks TLS.)
    private var commandProblem: Problem? {
        guard let listener = listeners.first(where: \.isSecure), manifest.web == nil,
            let program = manifest.command.first.map({ CommandFiles.plainName(of: $0) }),
            manifest.inherit != .listenFds || Self.servers.contains(program)
        else { return nil }
        let server = ServerPreset.named(program)?.behindWeb == nil ? "NAME" : program
        return Problem(
            file: file, keyPath: "command",
            found: "\(JSONValue.quoted(program)), which takes the connections of \(listener.address) itself",
            expected: "a program that speaks TLS as deployd's web server does: \(listener.address) has `tls: true`",
            advice: Self.wayOut.replacing("NAME", with: server))
    }

    /// Everybody would be sent to where nobody listens. (A proxy before it may be who speaks TLS.)
    private var redirectProblem: Problem? {
        guard let web = manifest.web, web.https?.isOnly == true, web.trustedProxies.isEmpty, !web.proxyProtocol,
            !listeners.contains(where: \.isSecure)
        else { return nil }
        return Problem(
            file: file, keyPath: "web.https", found: "\"only\", and no listener that speaks TLS",
            expected: "one: { listen: [\"[::]:80\", { address: \"[::]:443\", tls: true }] } in deployd.json",
            advice: "or name the proxy that speaks it in `web.trustedProxies`")
    }

    /// Those that are started with inherited sockets and nothing else. Interpreters are none of them: what they run may be
    /// anything.
    private static let servers: Set<String> = [
        "gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "uwsgi", "waitress-serve", "puma", "unicorn", "rackup",
        "falcon", "thin", "starman", "plackup", "hypnotoad", "nginx", "h2o", "haproxy", "caddy", "lighttpd", "apache",
        "httpd", "php-fpm", "php-cgi", "node", "nodejs", "java",
    ]

    /// Hosts that the release names and no certificate is for.
    ///
    /// - Returns: problems where everybody is sent to https, and would get nowhere; else warnings.
    func hostFindings(_ certificates: [Certificate]) -> (problems: [Problem], warnings: [String]) {
        guard listeners.contains(where: \.isSecure), let web = manifest.web else { return ([], []) }
        return Self.hostFindings(web, certificates, file: file)
    }

    /// The same for what is served at listeners that speak TLS.
    static func hostFindings(
        _ web: WebSettings, _ certificates: [Certificate], file: String
    ) -> (problems: [Problem], warnings: [String]) {
        guard !certificates.isEmpty else { return ([], []) }
        let hosts =
            web.hosts.map { ($0, "web.hosts") }
            + web.sites.flatMap { site in site.hosts.map { ($0, "web.sites") } }
            + web.redirects.keys.sorted().map { ($0, JSONOutline.path("web.redirects", key: $0)) }
        let bare = hosts.filter { host, _ in !certificates.contains { $0.covers(host) } }
        let found = bare.map { host, key in
            Problem(
                file: file, keyPath: key, found: "\(JSONValue.quoted(host)), for which there is no certificate",
                expected: "one of \(certificates.flatMap(\.names).uniqued().joined(separator: ", "))",
                advice: "`certbot certonly --webroot -w CHALLENGES -d \(ShellWord.quoted(host))`, and its files in "
                    + "`tls.certificates`")
        }
        return web.https?.isOnly == true ? (found, []) : ([], found.map(\.description))
    }
}

extension ResolvedRelease {
    /// See ``SecureCheck/hostFindings(_:)``.
    func hostFindings(
        _ certificates: [Certificate], _ configuration: Configuration, _ surroundings: Surroundings
    ) -> (problems: [Problem], warnings: [String]) {
        let file = Paths.shortened(Paths.join(path, Defaults.manifestFile), from: surroundings.workingDirectory)
        return SecureCheck(manifest: manifest, listeners: configuration.listeners, file: file).hostFindings(
            certificates)
    }
}
