internal import Linux

/// Answers requests with what a script in a FastCGI application answers.
struct FastCGIEndpoint: StreamEndpoint {
    /// The place of the application among the loop's servers.
    let upstream: Int
    let path: ScriptPath
    let root: [UInt8]
    let keepsConnection: Bool
    /// The application gets a request only once all of its body is here.
    let wholeBodies: Bool

    func begin(
        _ request: Request, hasBody: Bool, _ client: StreamedExchange, _ turn: inout Turn
    ) -> any StreamHandler {
        // The length must be known before the body is sent: of a body in chunks it is when all of it is here.
        if hasBody, wholeBodies || request.head.framing == .chunked {
            return WholeBodyRequest(turn.spools.make()) { [self] bodyBytes, client, turn in
                self.exchange(request, bodyBytes: bodyBytes, client, &turn)
            }
        }
        var bodyBytes = 0
        if case .length(let length) = request.head.framing { bodyBytes = Int(length) }
        let exchange = exchange(request, bodyBytes: bodyBytes, client, &turn)
        exchange.server.forward(exchange, &turn)
        return exchange
    }

    /// The request in records: all of it without a body, else up to where STDIN begins.
    private func exchange(
        _ request: Request, bodyBytes: Int, _ client: StreamedExchange, _ turn: inout Turn
    ) -> UpstreamExchange {
        let (identity, server) = (client.connection.identity(turn.site.trusted), client.connection.ownAddress())
        var variables: [UInt8] = []
        variables.reserveCapacity(2048)
        CGIEnvironment(root: root, server: server).write(
            request.head, request.bytes.span, path: path, bodyBytes: bodyBytes, client: identity,
            trusted: turn.site.trusted, id: request.name, to: &variables)
        var head: [UInt8] = []
        head.reserveCapacity(variables.count + 64)
        FastCGI.appendBegin(keepsConnection: keepsConnection, to: &head)
        FastCGI.append(FastCGI.Kind.params, variables.span, to: &head)
        FastCGI.appendEnd(FastCGI.Kind.params, to: &head)
        if bodyBytes == 0 { FastCGI.appendEnd(FastCGI.Kind.stdin, to: &head) }
        var shape = UpstreamExchange.Shape()
        shape.isHead = request.head.method == .head
        shape.isRepeatable = bodyBytes == 0 && [.get, .head, .options].contains(request.head.method)
        shape.bodyCoding = .records
        shape.keepsConnection = keepsConnection
        return UpstreamExchange(
            client, turn.upstreams.servers[upstream], shape, head: head, isWhole: bodyBytes == 0, request: request,
            answer: wholeBodies ? turn.spools.make() : nil)
    }
}
