import Handoff
import Testing

@Suite("Connections on their way to another worker")
struct HandoverMessageTests {
    private static let longest = [UInt8](repeating: 10, count: HandoverMessage.maxReadBytes)

    @Test(
        "A message goes there and back, whatever bytes were read",
        arguments: [
            [[]], [[], [], []], [Array("GET / HTTP/1.1\r\nHo".utf8), [], [10, 10, 0, 255]],
            [[UInt8]](repeating: [], count: HandoverMessage.maxConnections), [longest],
        ])
    func roundTrip(read: [[UInt8]]) {
        let message = HandoverMessage(read: read)
        #expect(message.bytes.count <= HandoverMessage.maxBytes)
        #expect(HandoverMessage(parsing: message.bytes) == message)
    }

    @Test("It is written as the page says")
    func text() {
        let message = HandoverMessage(read: [[], Array("GET /".utf8), Array("P".utf8)])
        #expect(String(decoding: message.bytes, as: UTF8.self) == "HANDOVER=1\nBYTES=0 5 1\n\nGET /P")
    }

    @Test(
        "What does not fit together is no message",
        arguments: [
            "", "\n", "\n\n", "HANDOVER=1\nBYTES=0\n", "HANDOVER=2\nBYTES=0\n\n", "HANDOVER=1\nBYTES=\n\n",
            "HANDOVER=1\nBYTES=1\n\n", "HANDOVER=1\nBYTES=1\n\nab", "HANDOVER=1\nBYTES=-1\n\n",
            "HANDOVER=1\nBYTES=x\n\n", "HANDOVER=1\n\n", "BYTES=0\n\n",
            "HANDOVER=1\nBYTES=9223372036854775807 9\n\nab",
        ])
    func refused(text: String) { #expect(HandoverMessage(parsing: Array(text.utf8)) == nil) }

    @Test("More connections than a message may have are none")
    func tooMany() {
        let message = HandoverMessage(read: Array(repeating: [], count: HandoverMessage.maxConnections + 1))
        #expect(HandoverMessage(parsing: message.bytes) == nil)
    }

    @Test("Master and worker agree on the words")
    func words() {
        #expect(ControlMessage(parsing: ControlMessage.handOver.bytes) == .handOver)
        var ready = Notification()
        ready.isReady = true
        ready.takesHandover = true
        #expect(String(decoding: ready.bytes, as: UTF8.self) == "READY=1\nDEPLOYD_HANDOVER=1\n")
        #expect(Notification(parsing: ready.bytes) == ready)
    }
}
