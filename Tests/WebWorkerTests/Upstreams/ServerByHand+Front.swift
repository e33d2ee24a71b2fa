import Linux

@testable import WebWorker

extension ServerByHand {
    /// A worker in front of this server, which has the path /own for itself.
    func front(
        _ change: (inout UpstreamSettings, inout Application) -> Void = { _, _ in }
    ) throws -> TestWorker {
        var app = Application()
        var settings = UpstreamSettings()
        settings.keptTimeout = .seconds(600)
        app.get("/own") { _ in Response(text: "own\n") }
        change(&settings, &app)
        app.forward("/", to: "\(address)", settings)
        return try TestWorker(app)
    }
}

extension String {
    /// A request.
    static let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    /// An answer.
    static let hello =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: s\r\nKeep-Alive: timeout=5\r\n\r\nhello"
}
