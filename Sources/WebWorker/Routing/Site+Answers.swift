// The worker's own answers.
extension Site {
    /// The page of a place's virtual host for a status, or the status in words.
    func statusPage(_ status: Status, at place: SitePlace) -> Response {
        virtualHosts[place.host].errorPages[status]
            ?? Response(status: status, text: "\(status.rawValue) \(status.reason)\n")
    }

    /// Leads a request for another host to the one that is served.
    func redirect(_ head: RequestHead, _ bytes: Span<UInt8>, to target: String) -> Response {
        let path = head.path.isEmpty ? "/" : bytes.text(head.path.range)
        return .redirect(to: target + path + Self.query(head, bytes), status: .permanentRedirect)
    }

    /// Leads a request where a rule says. A target with a query of its own keeps that.
    func redirect(
        _ head: RequestHead, _ bytes: Span<UInt8>, to target: String, _ status: Status
    ) -> Response {
        .redirect(to: target.contains("?") ? target : target + Self.query(head, bytes), status: status)
    }

    /// Leads a request for a directory to the path with a slash behind it. The path has no empty segment, so the answer
    /// cannot lead to another host ("//example.com/").
    func redirectToDirectory(_ head: RequestHead, _ bytes: Span<UInt8>) -> Response {
        .redirect(to: bytes.text(head.path.range) + "/" + Self.query(head, bytes), status: .permanentRedirect)
    }

    /// Says with which methods a path may be asked for; OPTIONS is answered so.
    func refusal(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ allowed: MethodSet, at place: SitePlace
    ) -> Response {
        let refusal: Status = routes.knowsMethod(head, bytes) ? .methodNotAllowed : .notImplemented
        let answer = head.method == .options ? Response(status: .noContent) : statusPage(refusal, at: place)
        return answer.with("Allow", routes.names(of: allowed))
    }

    /// The answer to a range behind a file's end.
    func unsatisfiable(_ version: FileVersion, at place: SitePlace) -> Response {
        statusPage(.rangeNotSatisfiable, at: place).with("Content-Range", "bytes */\(version.size)")
    }

    private static func query(_ head: RequestHead, _ bytes: Span<UInt8>) -> String {
        head.query.map { "?" + bytes.text($0.range) } ?? ""
    }
}
