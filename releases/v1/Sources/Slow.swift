import Dispatch
import WebWorker

/// Waits for `?ms=` milliseconds, a minute at most, and says so.
@Sendable func slow(_ request: Request) -> Response {
    let milliseconds = min(max(Int(request.query["ms"] ?? "") ?? 1000, 0), 60_000)
    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(milliseconds))
    return Response(text: "waited \(milliseconds) ms\n").with("Cache-Control", "no-store")
}
