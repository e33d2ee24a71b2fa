import Linux
import TestSupport

@testable import WebWorker

/// A worker in front of a FastCGI application whose every record the test makes, with one script: /a.php.
struct ApplicationByHand {
    let directory: TemporaryDirectory
    let server: ServerByHand
    let worker: TestWorker

    /// What the access log says.
    var log: String { (try? Files.read(directory.path("log"))).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    init(files: [String: String] = [:], _ change: (inout UpstreamSettings) -> Void = { _ in }) throws {
        directory = try TemporaryDirectory()
        server = try ServerByHand()
        try directory.write("public/a.php", "<?php")
        for (name, text) in files { try directory.write("public/\(name)", text) }
        var (app, settings) = (Application(), UpstreamSettings.fastCGI)
        change(&settings)
        app.files(directory.path("public"))
        app.accessLog(AccessLog(.combined, path: directory.path("log")))
        app.fastCGI(".php", to: "\(server.address)", root: directory.path("public"), settings)
        worker = try TestWorker(app)
    }

    /// The request of a client for the script, as the application gets it.
    func request(of client: TestClient) throws -> ServerByHand.Peer {
        try client.send(Self.get)
        return try accept()
    }

    /// The next request.
    func accept() throws -> ServerByHand.Peer {
        let peer = try server.accept()
        _ = try peer.read(until: "\u{1}\u{5}\u{0}\u{1}\u{0}\u{0}\u{0}\u{0}")
        return peer
    }

    static let get = "GET /a.php HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A record: of STDOUT if nothing else is said.
    static func record(_ content: String, kind: UInt8 = 6, request: UInt8 = 1) -> [UInt8] {
        [1, kind, 0, request, UInt8(content.utf8.count >> 8), UInt8(content.utf8.count & 255), 0, 0]
            + Array(content.utf8)
    }

    static let end: [UInt8] = [1, 3, 0, 1, 0, 8, 0, 0] + [UInt8](repeating: 0, count: 8)
}
