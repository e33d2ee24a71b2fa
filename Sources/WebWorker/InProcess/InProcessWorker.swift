internal import Linux

/// Answers requests within the process that asks, without a socket: parser, routes, handlers and files are a worker's own.
///
/// What goes to a server behind is not answered. Nothing is written into the access log, and an answer has neither Date nor
/// Server-Timing nor Connection.
package final class InProcessWorker: Sendable {
    private let site: Site
    private let configuration: Configuration
    private let pool: BlockingPool
    private let loop: InProcessLoop
    private let mailbox: LoopMailbox

    /// Opens what the application serves. Throws a `ConfigurationError`.
    package init(_ application: Application) throws {
        site = try application.openedSite()
        configuration = application.configuration
        pool = try BlockingPool(
            limit: configuration.maxBlockingHandlers, maxWaiting: configuration.maxWaitingHandlers,
            maxWaitingBytes: configuration.maxWaitingBodyBytes)
        loop = InProcessLoop()
        mailbox = try loop.makeMailbox()
    }

    /// Has a request answered that is here as bytes of the wire, whole.
    package func ask(_ request: [UInt8]) -> InProcessExchange {
        let exchange = InProcessExchange(site)
        loop.run { self.take(request, exchange) }
        return exchange
    }

    private func take(_ request: [UInt8], _ exchange: InProcessExchange) {
        var parser = RequestHeadParser(limits: configuration.headLimits)
        switch parser.parse(request.span) {
        case .incomplete: exchange.fail(.incompleteRequest)
        case .malformed(let refusal): exchange.refuse(refusal)
        case .complete(let count):
            var head = parser.head
            var bytes = Array(request[..<count])
            if !head.isPathNormal {
                guard NormalPath.append(head.path.range, of: request.span, to: &bytes) else {
                    return exchange.refuse(.target)
                }
                head.path = ByteRange(count, bytes.count)
            }
            exchange.begin(head, configuration.requestIDs ? loop.makeID() : nil)
            switch body(head.framing, request.span, from: count) {
            case .success(let body): route(head, bytes, body, exchange)
            case .failure(.refused(let refusal)): exchange.refuse(refusal)
            case .failure(.incomplete): exchange.fail(.incompleteRequest)
            }
        }
    }

    private enum BodyFailure: Error {
        case refused(Refusal)
        case incomplete
    }

    private func body(_ framing: BodyFraming, _ bytes: Span<UInt8>, from start: Int) -> Result<[UInt8], BodyFailure> {
        switch framing {
        case .none: return .success([])
        case .length(let length):
            guard length <= UInt64(configuration.maxBodyBytes) else { return .failure(.refused(.bodyTooLarge)) }
            guard bytes.count - start >= Int(length) else { return .failure(.incomplete) }
            return .success(bytes.bytes(start..<start + Int(length)))
        case .chunked:
            var (decoder, body) = (ChunkedDecoder(), [] as [UInt8])
            switch decoder.decode(bytes, from: start, into: &body, limit: configuration.maxBodyBytes) {
            case .complete: return .success(body)
            case .malformed(let refusal): return .failure(.refused(refusal))
            case .incomplete: return .failure(.incomplete)
            }
        }
    }
}

// The order in which a worker looks for what answers.
extension InProcessWorker {
    private func route(_ head: RequestHead, _ bytes: [UInt8], _ body: [UInt8], _ exchange: InProcessExchange) {
        switch site.hosts?.verdict(head.authority.range, bytes.span) ?? .serve {
        case .serve: break
        case .redirect(let target): return exchange.answer(site.redirect(head, bytes.span, to: target))
        case .refuse: return exchange.answer(site.statusPage(.misdirectedRequest))
        }
        var captures: [ByteRange] = []
        switch site.routes.match(head, bytes.span, captures: &captures) {
        case .endpoint(let index):
            let names = site.routes.parameterNames(of: index)
            let parameters = Parameters(names: names, captures: names.isEmpty ? [] : captures, bytes: bytes)
            run(site.endpoints[index], head, bytes, body, parameters, exchange)
        case .wrongMethod(let allowed): exchange.answer(site.refusal(head, bytes.span, allowed))
        case .none: routeWithoutEndpoint(head, bytes, exchange)
        }
    }

    private func run(
        _ endpoint: Site.Endpoint, _ head: RequestHead, _ bytes: [UInt8], _ body: [UInt8], _ parameters: Parameters,
        _ exchange: InProcessExchange
    ) {
        let isStreamed = if case .stream(_, .streamed) = endpoint { true } else { false }
        let request = Request(
            body: isStreamed ? [] : body, parameters: parameters, head: head, bytes: bytes, name: exchange.id,
            fields: body.isEmpty && head.query == nil ? nil : ReadFields(maxFields: configuration.maxFormFields))
        switch endpoint {
        case .constant(let answer): exchange.answer(answer)
        case .handler(let handler): loop.start(exchange, mailbox, request) { try handler($0) }
        case .blocking(let handler):
            loop.start(exchange, mailbox, request) { [pool] in try await pool.run(handler, $0) }
        case .stream(let endpoint, _):
            guard let endpoint = endpoint as? AsyncEndpoint else { return exchange.fail(.servedBehind(request.path)) }
            loop.start(exchange, mailbox, request, streamed: isStreamed ? body : [], endpoint.handler(pool))
        }
    }

    private func routeWithoutEndpoint(_ head: RequestHead, _ bytes: [UInt8], _ exchange: InProcessExchange) {
        let span = bytes.span
        guard head.form != .asterisk, head.method != .trace, !head.goesNoFurther(span) else {
            return exchange.answer(site.refusal(head, span, .reading))
        }
        let path = span.text(head.path.range)
        var scripts = KnownScripts()
        switch site.scripts?.match(head.path.range, span, &scripts, before: site.files, now: 0) ?? Scripts.Match.none {
        case .none: break
        case .endpoint: return exchange.fail(.servedBehind(path))
        case .unavailable(let error): return exchange.answer(site.statusPage(error.answer))
        }
        let isBehind = site.behind(head, span) != nil
        if isBehind, site.files == nil || !head.method.isRead { return exchange.fail(.servedBehind(path)) }
        guard site.routes.knowsMethod(head, span) else { return exchange.answer(site.statusPage(.notImplemented)) }
        switch site.files?.find(head.path.range, span) ?? FileTree.Lookup.none {
        case .file where !head.method.isRead: exchange.answer(site.refusal(head, span, .reading))
        case .file(let file): exchange.answer(file, head, span)
        case .directory: exchange.answer(site.redirectToDirectory(head, span))
        case .unavailable(let error): exchange.answer(site.statusPage(error.answer))
        case .none where isBehind: exchange.fail(.servedBehind(path))
        case .none:
            guard head.method.isRead, let files = site.files, files.takesFallback(head.path.range, span) else {
                return exchange.answer(site.statusPage(.notFound))
            }
            let own = files.fallback
            switch files.find(0..<own.count, own.span) {
            case .file(let file): exchange.answer(file, head, span)
            case .unavailable(let error): exchange.answer(site.statusPage(error.answer))
            case .directory, .none: exchange.answer(site.statusPage(.notFound))
            }
        }
    }
}
