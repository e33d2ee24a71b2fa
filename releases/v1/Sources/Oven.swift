import WebWorker

private let breads = ["rye", "baguettes", "spelt with walnuts", "croissants"]

/// Tells what leaves the oven, as it does: server-sent events, one every two seconds. A deploy ends the stream, and calls
/// the browser again: it goes on with the batch behind the last that it saw.
@Sendable func oven(_ request: Request) -> Response {
    let last = min(max(Int(request.headers["Last-Event-ID"] ?? "") ?? 0, 0), 1_000_000)
    return Response.events { sink in
        for batch in (last + 1)... {
            try await sink.send(breads[batch % breads.count], event: "batch", id: "\(batch)")
            try await Task.sleep(for: .seconds(2))
        }
    }
}
