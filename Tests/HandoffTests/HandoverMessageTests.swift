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
            "", "\n", "\n\n", "HANDOVER=1\nBYTES=0\n", "HANDOVER=3\nBYTES=0\n\n", "HANDOVER=1\nBYTES=\n\n",
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
        #expect(ControlMessage(parsing: ControlMessage.handOver().bytes) == .handOver())
        var ready = Notification()
        ready.isReady = true
        ready.handoverVersion = 1
        #expect(String(decoding: ready.bytes, as: UTF8.self) == "READY=1\nDEPLOYD_HANDOVER=1\n")
        #expect(Notification(parsing: ready.bytes) == ready)
    }

    // MARK: Version 2

    private static let mixed = HandoverMessage(
        read: [Array("GET".utf8), [], [23, 3, 3], []],
        transports: [.plain, .newTLS, .establishedTLS(Array("state one".utf8)), .establishedTLS([])])

    @Test("With a TLS connection it is of version 2, and goes there and back")
    func tls() {
        #expect(HandoverMessage(read: [[]]).version == 1)
        #expect(HandoverMessage(read: [[]], transports: [.plain]).version == 1)
        #expect(Self.mixed.version == 2)
        #expect(HandoverMessage(parsing: Self.mixed.bytes) == Self.mixed)
        let longest = HandoverMessage(
            read: [Self.longest] + Array(repeating: [], count: HandoverMessage.maxConnections - 1),
            transports: [.establishedTLS(Array(repeating: 10, count: HandoverMessage.maxStateBytes))]
                + Array(repeating: .establishedTLS([]), count: HandoverMessage.maxConnections - 1))
        #expect(longest.bytes.count <= HandoverMessage.maxBytes)
        #expect(HandoverMessage(parsing: longest.bytes) == longest)
    }

    @Test("Version 2 is written as the page says")
    func tlsText() {
        #expect(
            String(decoding: Self.mixed.bytes.filter { $0 != 23 && $0 != 3 }, as: UTF8.self)
                == "HANDOVER=2\nBYTES=3 0 3 0\nTLS=- new 9 0\n\nGETstate one")
    }

    @Test(
        "What does not fit together is no message of version 2",
        arguments: [
            "BYTES=0\n\n", "BYTES=0\nTLS=\n\n", "BYTES=0\nTLS=- -\n\n", "BYTES=0 0\nTLS=-\n\n", "BYTES=0\nTLS=1\n\n",
            "BYTES=0\nTLS=1\n\nab", "BYTES=0\nTLS=-1\n\n", "BYTES=0\nTLS=old\n\n", "BYTES=1\nTLS=new\n\na",
            "BYTES=1\nTLS=1\n\na", "BYTES=0\nTLS=9223372036854775807\n\n", "BYTES=0\nTLS=99999999999999999999\n\n",
            "BYTES=0 0\nTLS=9223372036854775807 9223372036854775807\n\n", "TLS=-\n\n",
        ])
    func tlsRefused(text: String) { #expect(HandoverMessage(parsing: Array(("HANDOVER=2\n" + text).utf8)) == nil) }

    @Test("Every part of a message of version 2 is none")
    func prefixes() {
        let bytes = Self.mixed.bytes
        for end in bytes.indices { #expect(HandoverMessage(parsing: Array(bytes[..<end])) == nil) }
    }

    @Test("More bytes than there may be are none")
    func tooLong() {
        for message in [
            HandoverMessage(read: [Self.longest, [1]]),
            HandoverMessage(
                read: [[], []],
                transports: [
                    .establishedTLS(Array(repeating: 1, count: HandoverMessage.maxStateBytes)), .establishedTLS([1]),
                ]),
        ] { #expect(HandoverMessage(parsing: message.bytes) == nil) }
    }

    @Test("A message that was wiped has no state any more")
    func wipe() {
        var message = Self.mixed
        message.wipe()
        #expect(message.transports == [.plain, .newTLS, .plain, .plain])
    }
}
