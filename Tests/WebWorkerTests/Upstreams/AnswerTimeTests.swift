import Linux
import TestSupport
import Testing

@testable import WebWorker

/// How long a server behind may take for its answer: what is none of the answer does not put the limit off.
@Suite struct AnswerTimeTests {
    private static let chatter = [
        "errors": ApplicationByHand.record(".", kind: 7), "no errors": ApplicationByHand.record("", kind: 7),
        "management": ApplicationByHand.record("\u{63}\u{0}", kind: 11, request: 0),
        "nothing": ApplicationByHand.record(""),
    ]

    /// Has the server say `bytes` again and again until the client hears something.
    private func say(_ bytes: [UInt8], _ peer: ServerByHand.Peer, until client: TestClient) throws {
        for _ in 0..<250 {
            if try client.hasAnswer(.milliseconds(20)) { return }
            try? peer.send(bytes)
        }
    }

    @Test("Records beside the answer do not begin it", arguments: ["errors", "no errors", "management", "nothing"])
    func beside(_ what: String) throws {
        let application = try ApplicationByHand { $0.answerTimeout = .milliseconds(300) }
        let client = try TestClient(application.worker.address)
        let peer = try application.request(of: client)
        try say(try #require(Self.chatter[what]), peer, until: client)
        #expect(try client.hasAnswer(.zero) && client.answer().status == 504)
    }

    @Test("A head that drips has begun nothing, of a script or of a server", arguments: [true, false])
    func dripping(_ isScript: Bool) throws {
        let client: TestClient
        let peer: ServerByHand.Peer
        let drop: [UInt8]
        let (application, server) = (
            try ApplicationByHand { $0.answerTimeout = .milliseconds(300) }, try ServerByHand()
        )
        let worker = try server.front { settings, _ in settings.answerTimeout = .milliseconds(300) }
        if isScript {
            client = try TestClient(application.worker.address)
            peer = try application.request(of: client)
            try peer.send(ApplicationByHand.record("X: "))
            drop = ApplicationByHand.record("x")
        } else {
            client = try TestClient(worker.address)
            try client.send(.get)
            peer = try server.accept()
            _ = try peer.read()
            try peer.send("HTTP/1.1 200 OK\r\nX: ")
            drop = [0x78]
        }
        try say(drop, peer, until: client)
        #expect(try client.hasAnswer(.zero) && client.answer().status == 504)
        withExtendedLifetime(worker) {}
    }

    @Test(
        "Records beside an answer that has begun do not go on with it",
        arguments: ["errors", "no errors", "management"])
    func within(_ what: String) throws {
        let application = try ApplicationByHand { $0.streamTimeout = .milliseconds(300) }
        let client = try TestClient(application.worker.address)
        let peer = try application.request(of: client)
        try peer.send(ApplicationByHand.record("A: b\r\n\r\n"))
        #expect(try client.answer(toHead: true).status == 200)
        try say(try #require(Self.chatter[what]), peer, until: client)
        #expect(try client.hasAnswer(.zero) && client.rest() == "")
    }
}
