internal import Linux

/// Answers requests with what an HTTP server behind answers.
struct ForwardEndpoint: StreamEndpoint {
    /// The place of the server among the loop's.
    let upstream: Int

    func begin(
        _ request: Request, hasBody: Bool, _ token: UInt64, _ loop: inout WorkerLoop
    ) -> any StreamHandler {
        let head = request.head
        var bytes: [UInt8] = []
        bytes.reserveCapacity(request.bytes.count + 256)
        var shape = UpstreamExchange.Shape()
        shape.asksUpgrade = ForwardedRequest.write(
            head, request.bytes.span, body: head.framing, client: loop.identity(token), id: request.name, to: &bytes)
        shape.isHead = head.method == .head
        shape.isRepeatable = !hasBody && (head.method == .get || head.method == .head || head.method == .options)
        shape.bodyCoding = head.framing == .chunked ? .chunked : .plain
        let exchange = UpstreamExchange(token, upstream: upstream, shape, head: bytes, isWhole: !hasBody)
        loop.forward(exchange)
        return exchange
    }
}
