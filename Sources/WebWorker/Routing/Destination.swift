/// The part of the site that answers a request.
enum Destination {
    case route(Int)
    /// A script, or a server behind.
    case stream(any StreamEndpoint)
    case file(FileCache.Entry)
    /// A directory that was named without its slash.
    case directory
    /// The origin that the request's host leads to.
    case otherHost(String)
    /// Where a rule leads, without the query, and with which status.
    case redirect(String, Status)
    /// There is something, but not for this method.
    case wrongMethod(MethodSet)
    case status(Status)
    /// The existence of the file is unknown for the moment.
    case unavailable(FileTree.Failure)

    /// The endpoint that takes the request's body as it arrives, with the number of its route if it has one; nil when the
    /// body is awaited first.
    func takesPieces(_ site: Site) -> (endpoint: any StreamEndpoint, route: Int?)? {
        switch self {
        case .route(let route):
            guard case .stream(let endpoint, .streamed) = site.endpoints[route] else { return nil }
            return (endpoint, route)
        case .stream(let endpoint): return (endpoint, nil)
        case .file, .directory, .otherHost, .redirect, .wrongMethod, .status, .unavailable: return nil
        }
    }
}
