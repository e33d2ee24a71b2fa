internal import Linux

/// Answers requests with what an HTTP server behind answers.
struct ForwardEndpoint: StreamEndpoint {
    /// The place of the server among the loop's.
    let upstream: Int
    /// The server gets a request only once all of its body is here.
    let wholeBodies: Bool

    func begin(
        _ request: Request, hasBody: Bool, _ client: StreamedExchange, _ turn: inout Turn
    ) -> any StreamHandler {
        if hasBody, wholeBodies {
            return WholeBodyRequest(turn.spools.make()) { [self] bodyBytes, client, turn in
                self.exchange(request, .length(UInt64(bodyBytes)), isWhole: bodyBytes == 0, client, &turn)
            }
        }
        let exchange = exchange(request, request.head.framing, isWhole: !hasBody, client, &turn)
        exchange.server.forward(exchange, &turn)
        return exchange
    }

    /// The request as the server gets it, up to where its body begins, which is framed so.
    private func exchange(
        _ request: Request, _ framing: BodyFraming, isWhole: Bool, _ client: StreamedExchange, _ turn: inout Turn
    ) -> UpstreamExchange {
        let head = request.head
        var bytes: [UInt8] = []
        bytes.reserveCapacity(request.bytes.count + 256)
        var shape = UpstreamExchange.Shape()
        shape.asksUpgrade = ForwardedRequest.write(
            head, request.bytes.span, body: framing, client: client.connection.identity(turn.site.trusted),
            id: request.name, to: &bytes)
        shape.isHead = head.method == .head
        shape.isRepeatable =
            framing == .none && (head.method.isRead || head.method == .options)
        shape.bodyCoding = framing == .chunked ? .chunked : .plain
        return UpstreamExchange(
            client, turn.upstreams.servers[upstream], shape, head: bytes, isWhole: isWhole,
            answer: wholeBodies ? turn.spools.make() : nil)
    }
}
