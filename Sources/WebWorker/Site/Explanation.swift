internal import Linux

/// Why a site answers a request as it does: told by the parts that would answer it, without asking a server behind.
package struct Explanation: Equatable, Sendable {
    /// The path in its normal form.
    package var path = ""
    /// The rules that count, a line each, with the word for which each does.
    package var rules: [String] = []
    /// What answers.
    package var answer = ""
}

extension Application {
    /// Explains the answer to a GET.
    ///
    /// - Parameters:
    ///   - target: a path, or a URL.
    ///   - host: the Host of a request whose target is a path.
    package func explain(_ target: String, host: String) throws(ConfigurationError) -> Explanation {
        let site = try openedSite()
        let request = Array("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8)
        var parser = RequestHeadParser(limits: configuration.headLimits)
        guard case .complete(let count) = parser.parse(request.span) else {
            return Explanation(answer: "400: the URL is no target of a request")
        }
        var (head, bytes) = (parser.head, Array(request[..<count]))
        if !head.isPathNormal {
            guard NormalPath.append(head.path.range, of: request.span, to: &bytes) else {
                return Explanation(answer: "400: the path has no normal form")
            }
            head.path = ByteRange(count, bytes.count)
        }
        return SiteReader(site: site, head: head, bytes: bytes).explanation
    }
}

/// Looks at what a site does with one request.
private struct SiteReader {
    let site: Site
    let head: RequestHead
    let bytes: [UInt8]

    var explanation: Explanation {
        let place = site.place(of: head, bytes.span)
        var resolver = Resolver()
        let destination = resolver.resolve(head, bytes.span, site, at: place, isSecure: true, now: 0)
        return Explanation(
            path: bytes.span.text(head.path.range), rules: rules(place), answer: text(destination, place))
    }

    private func rules(_ place: SitePlace) -> [String] {
        guard let rules = site.rules(at: place) else { return [] }
        let match = place.rule
        let line = { (word: String, place: Int16) -> String? in
            rules.words(place).map { "\(word): rule \(place + 1), \($0.path)" }
        }
        let access = rules.access(match) == .allowed ? "deny: false" : "deny"
        let fields = rules.fieldRules(match).compactMap { line("headers", Int16($0)) }
        return [line(access, match.access), line("redirect", match.redirect)].compactMap { $0 } + fields
            + [
                line("cache", match.cacheControl), line("maxBodyBytes", match.maxBodyBytes),
                line("fallback", match.fallback),
                line(rules.compresses(match) == true ? "compress: true" : "compress: false", match.compresses),
            ].compactMap { $0 }
    }

    private func text(_ destination: Destination, _ place: SitePlace) -> String {
        switch destination {
        case .route: return "a route of the application"
        case .stream(let endpoint): return text(endpoint)
        case .file: return fileText(place)
        case .directory: return "308 to \(bytes.span.text(head.path.range))/, since it is a directory"
        case .otherHost(let origin): return "308 to \(origin), by the request's host"
        case .redirect(let target, let status): return "\(status.rawValue) to \(target), by a rule"
        case .wrongMethod: return "405: not for this method"
        case .status(.forbidden): return "403, by a rule"
        case .status(.misdirectedRequest): return "421: the host is not one of this site"
        case .status(let status): return "\(status.rawValue): nothing answers this path"
        case .unavailable(let error): return "\(error.answer.rawValue): the file cannot be opened: \(error)"
        }
    }

    private func text(_ endpoint: any StreamEndpoint) -> String {
        if let script = endpoint as? FastCGIEndpoint {
            let name = String(decoding: script.root + script.path.script, as: UTF8.self)
            let rest = String(decoding: script.path.information, as: UTF8.self)
            return "the script \(name)" + (rest.isEmpty ? "" : " with PATH_INFO \(rest)")
                + ", run by \(site.upstreams[script.upstream].address)"
        }
        guard let forward = endpoint as? ForwardEndpoint else { return "the application" }
        return "the server behind at \(site.upstreams[forward.upstream].address)"
    }

    private func fileText(_ place: SitePlace) -> String {
        let path = head.path.range
        let host = site.virtualHosts[place.host]
        let own = host.files.map { FilePlace($0, path, site.terms(at: place)) }
        if case .file(let file) = (host.mounted(path, bytes.span) ?? own)?.find(bytes.span) ?? .none,
            let name = try? Files.readLink("/proc/self/fd/\(file.descriptor.number)")
        {
            return "the file \(name)"
        }
        return "the page for all that is left (fallback)"
    }
}
