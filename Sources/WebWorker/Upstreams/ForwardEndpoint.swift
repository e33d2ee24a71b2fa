internal import Linux

/// Answers requests with what an HTTP server behind answers.
struct ForwardEndpoint: StreamEndpoint {
    /// The place of the server among the loop's.
    let upstream: Int
    /// Whether the server gets a request only when all of its body is here.
    let wholeBodies: Bool

    func begin(
        _ request: Request, hasBody: Bool, _ token: UInt64, _ loop: inout WorkerLoop
    ) -> any StreamHandler {
        if hasBody, wholeBodies {
            return WholeBodyRequest(loop.makeSpool()) { [self] bodyBytes, token, loop in
                self.exchange(request, .length(UInt64(bodyBytes)), isWhole: bodyBytes == 0, token, &loop)
            }
        }
        let exchange = exchange(request, request.head.framing, isWhole: !hasBody, token, &loop)
        loop.forward(exchange)
        return exchange
    }

    /// The request as the server gets it, up to where its body begins, which is framed so.
    private func exchange(
        _ request: Request, _ framing: BodyFraming, isWhole: Bool, _ token: UInt64, _ loop: inout WorkerLoop
    ) -> UpstreamExchange {
        let head = request.head
        var bytes: [UInt8] = []
        bytes.reserveCapacity(request.bytes.count + 256)
        var shape = UpstreamExchange.Shape()
        shape.asksUpgrade = ForwardedRequest.write(
            head, request.bytes.span, body: framing, client: loop.identity(token), id: request.name, to: &bytes)
        shape.isHead = head.method == .head
        shape.isRepeatable =
            framing == .none && (head.method == .get || head.method == .head || head.method == .options)
        shape.bodyCoding = framing == .chunked ? .chunked : .plain
        return UpstreamExchange(
            token, upstream: upstream, shape, head: bytes, isWhole: isWhole,
            answer: wholeBodies ? loop.makeSpool() : nil)
    }
}
