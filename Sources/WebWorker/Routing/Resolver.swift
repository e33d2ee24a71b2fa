/// Which destination a request has, in this order and nowhere else: host, https, rule, route, mounted file, script, file, server behind
/// (the longest prefix), the script or the page for all that is left, unless the path names a script that is not there. For
/// methods that do not read the server behind goes before files, which refuse them. The path is in its normal form
/// (`NormalPath`), for all of them alike. (Proofs for ACME go before all of it: ``Challenges``.)
struct Resolver {
    /// What a virtual host's files and scripts are known to be, by its number.
    private var seen = [SeenFiles()]
    /// Where the request in hand is.
    private var place = SitePlace()
    private var failures = FileFailures()
    /// The places of the segments that the route of the last request names.
    private(set) var captures: [ByteRange] = []

    /// Finds what answers a request at its place of the site; `now` in milliseconds of the monotonic clock. `isSecure`
    /// counts where the site has a rule for https.
    @inline(__always)
    mutating func resolve(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ site: borrowing Site, at place: SitePlace, isSecure: Bool,
        now: Int64
    ) -> Destination {
        self.place = place
        while seen.count <= place.host { seen.append(SeenFiles()) }
        if let destination = site.ruled(head, bytes, at: place, isSecure: isSecure) { return destination }
        switch site.routes.match(head, bytes, captures: &captures) {
        case .endpoint(let route): return .route(route)
        case .wrongMethod(let allowed): return .wrongMethod(allowed)
        case .none: return resolveWithoutRoute(head, bytes, site, now: now)
        }
    }

    @inline(never)
    private mutating func resolveWithoutRoute(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ site: borrowing Site, now: Int64
    ) -> Destination {
        let path = head.path.range
        // TRACE would only show to whoever asks what we add for servers behind.
        if head.form == .asterisk || head.method == .trace || head.goesNoFurther(bytes) {
            return .wrongMethod(.reading)
        }
        if var mounted = site.virtualHosts[place.host].mounted(path, bytes) {
            mounted.terms = site.terms(at: place)
            return resolve(head, bytes, in: mounted, site, now: now)
        }
        let own = site.virtualHosts[place.host].files.map { FilePlace($0, path, site.terms(at: place)) }
        var isMissingScript = false
        if let scripts = site.virtualHosts[place.host].scripts {
            seen[place.host].scripts.now = now
            switch scripts.match(path, bytes, &seen[place.host].scripts, own, site.terms(at: place)) {
            case .endpoint(let script):
                // It may have been asked for with PATH_INFO, or by its directory.
                if site.rules(at: place)?.denies(script.path.script) == true { return .status(.forbidden) }
                return .stream(script)
            case .denied: return .status(.forbidden)
            case .unavailable(let error): return .unavailable(error)
            case .missing: isMissingScript = true
            case .none: break
            }
        }
        if !head.method.isRead, let endpoint = site.virtualHosts[place.host].forwarded(path, bytes) {
            return .stream(endpoint)
        }
        if let found = findFile(head, bytes, in: own, site, now: now) { return found }
        // A file that is there goes before a server behind, which then need not know of it.
        if let endpoint = site.virtualHosts[place.host].forwarded(path, bytes) { return .stream(endpoint) }
        let wish = site.rules(at: place)?.fallback(place.rule)
        if !isMissingScript || wish != nil, let found = fallback(head, bytes, site, wish, now: now) { return found }
        return .status(head.method.isRead || site.routes.knowsMethod(head, bytes) ? .notFound : .notImplemented)
    }

    /// The file that the path names, or the directory, also one whose script would answer; nil: there is none.
    private mutating func findFile(
        _ head: RequestHead, _ bytes: Span<UInt8>, in own: FilePlace?, _ site: borrowing Site, now: Int64
    ) -> Destination? {
        let path = head.path.range
        if let own {
            guard head.method.isRead else {
                if let refusal = refusal(own.find(bytes)) { return refusal }
                return answersForDirectory(path, bytes, site, now: now) ? .directory : nil
            }
            if let entry = seen[place.host].files.find(path, bytes, now: now) { return .file(entry) }
            if let found = lookUp(path, bytes, in: own, now: now) { return found }
        }
        return answersForDirectory(path, bytes, site, now: now) ? .directory : nil
    }

    private mutating func answersForDirectory(
        _ path: Range<Int>, _ bytes: Span<UInt8>, _ site: borrowing Site, now: Int64
    ) -> Bool {
        // (Among files it would have been found.)
        guard let scripts = site.virtualHosts[place.host].scripts,
            scripts.tree.root.path != site.virtualHosts[place.host].files?.root.path
        else {
            return false
        }
        seen[place.host].scripts.now = now
        return scripts.answersForDirectory(path, bytes, &seen[place.host].scripts)
    }

    /// What answers a path that names nothing: as a rule wishes it, else the script for all of these; for those who read, the
    /// page.
    private mutating func fallback(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ site: borrowing Site, _ wish: PathRule.Fallback?, now: Int64
    ) -> Destination? {
        var page = site.virtualHosts[place.host].files?.fallback ?? []
        switch wish {
        case .off: return nil
        case .path(let path):
            if let script = site.virtualHosts[place.host].scripts?.endpoint(named: path) { return .stream(script) }
            page = Array(path.utf8)
        case .always, nil:
            if let script = site.virtualHosts[place.host].scripts?.fallbackEndpoint { return .stream(script) }
        }
        guard head.method.isRead, let tree = site.virtualHosts[place.host].files, !page.isEmpty,
            wish != nil || FileTree.takesFallback(head.path.range, bytes)
        else { return nil }
        return self.page(page, of: tree, now: now)
    }

    /// A mounted directory answers for all that is below its path: nothing there is a script, or goes to a server behind.
    private mutating func resolve(
        _ head: RequestHead, _ bytes: Span<UInt8>, in mounted: FilePlace, _ site: borrowing Site, now: Int64
    ) -> Destination {
        guard !mounted.range.isEmpty else { return .directory }
        guard head.method.isRead else {
            if let refusal = refusal(mounted.find(bytes)) { return refusal }
            return .status(site.routes.knowsMethod(head, bytes) ? .notFound : .notImplemented)
        }
        let path = head.path.range
        if let entry = seen[place.host].files.find(path, bytes, now: now) { return .file(entry) }
        return lookUp(path, bytes, in: mounted, now: now) ?? .status(.notFound)
    }

    /// Methods that do not read are refused where there is a file; nil: there is none.
    private func refusal(_ lookup: FileTree.Lookup) -> Destination? {
        switch lookup {
        case .file: .wrongMethod(.reading)
        case .directory: .directory
        case .denied: .status(.forbidden)
        case .none: nil
        case .unavailable(let error): .unavailable(error)
        }
    }

    /// The file or directory that the path names.
    private mutating func lookUp(
        _ path: Range<Int>, _ bytes: Span<UInt8>, in own: FilePlace, now: Int64
    ) -> Destination? {
        switch seen[place.host].files.lookUp(path, bytes, in: own, now: now) {
        case .file(let entry): return .file(entry)
        case .directory: return .directory
        case .denied: return .status(.forbidden)
        case .none: return nil
        case .unavailable(let error): return .unavailable(error)
        case .unreadable: return .status(.internalServerError)
        }
    }

    /// The page for paths that name nothing; nil: it is not there.
    private mutating func page(_ own: [UInt8], of tree: FileTree, now: Int64) -> Destination? {
        let path = 0..<own.count
        if let entry = seen[place.host].files.find(path, own.span, now: now) { return .file(entry) }
        switch lookUp(path, own.span, in: FilePlace(tree, path), now: now) {
        case .file(let entry): return .file(entry)
        case .unavailable(let error): return .unavailable(error)
        case .route, .stream, .directory, .otherHost, .redirect, .wrongMethod, .status, nil: return nil
        }
    }

    /// What a file that cannot be opened is answered with, whoever named it. Those that are open for nobody are let go if that
    /// helps.
    mutating func status(of error: FileTree.Failure, at now: Int64) -> Status {
        if error.isPassing { for host in seen.indices { seen[host].files.letGo() } }
        return failures.status(of: error, at: now)
    }
}

/// What was seen of a virtual host's files within the last second.
private struct SeenFiles {
    var files = SiteFiles()
    var scripts = KnownScripts()
}
