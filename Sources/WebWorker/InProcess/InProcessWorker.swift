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
            case .success(let body): answer(head, bytes, body, exchange)
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

extension InProcessWorker {
    private func answer(_ head: RequestHead, _ bytes: [UInt8], _ body: [UInt8], _ exchange: InProcessExchange) {
        var resolver = Resolver()
        let now = MonotonicClock.microseconds() / 1000
        let place = site.place(of: head, bytes.span)
        exchange.note(place)
        // No connection is less secure than none.
        switch resolver.resolve(head, bytes.span, site, at: place, isSecure: true, now: now) {
        case .route(let index):
            let names = site.routes.parameterNames(of: index)
            let captures = names.isEmpty ? [] : resolver.captures
            let parameters = Parameters(names: names, captures: captures, bytes: bytes)
            run(site.endpoints[index], head, bytes, body, parameters, exchange)
        case .file(let entry): exchange.answer(entry, head, bytes.span)
        case .stream: exchange.fail(.servedBehind(bytes.span.text(head.path.range)))
        case .directory: exchange.answer(site.redirectToDirectory(head, bytes.span))
        case .otherHost(let origin): exchange.answer(site.redirect(head, bytes.span, to: origin))
        case .redirect(let target, let status):
            exchange.answer(site.redirect(head, bytes.span, to: target, status))
        case .wrongMethod(let allowed): exchange.answer(site.refusal(head, bytes.span, allowed, at: place))
        case .status(let status): exchange.answer(site.statusPage(status, at: place))
        case .unavailable(let error): exchange.answer(site.statusPage(error.answer, at: place))
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
}
