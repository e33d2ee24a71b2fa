import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// An answer of a server behind that has begun and does not come to its end: the log says so, and it counts.
@Suite struct BrokenAnswerTests {
    @Test(
        "A script's answer that is shorter than it said, malformed, silent or lost",
        arguments: ["end", "nonsense", "silence", "close"])
    func ofAScript(_ how: String) throws {
        let application = try ApplicationByHand { $0.streamTimeout = .milliseconds(300) }
        let client = try TestClient(application.worker.address)
        let peer = try application.request(of: client)
        try peer.send(ApplicationByHand.record("Content-Length: 10\r\n\r\nabc"))
        #expect(try client.answer(toHead: true).status == 200)
        switch how {
        case "end": try peer.send(ApplicationByHand.end)
        case "nonsense": try peer.send([9, 9, 9, 9, 9, 9, 9, 9])
        case "close": peer.close()
        default: break
        }
        #expect(try client.rest() == "abc")
        try wait(for: "a line") { application.log.contains("\"GET /a.php HTTP/1.1\" 200 3 ") }
        #expect(application.worker.count(.upstreamErrors) == 1)
    }

    @Test("A request that the end of a drain leaves without an answer is a 503 in the log, and counts as one")
    func atTheEndOfADrain() throws {
        let application = try ApplicationByHand()
        let client = try TestClient(application.worker.address)
        let peer = try application.request(of: client)
        try application.worker.drain(requests: .milliseconds(100))
        #expect(peer.isClosed())
        #expect(application.worker.waitForEnd() == .drained)
        #expect(application.log.contains("\"GET /a.php HTTP/1.1\" 503 0 "), "\(application.log)")
        #expect(application.worker.count(.serverError) == 1)
        withExtendedLifetime(client) {}
    }
}
