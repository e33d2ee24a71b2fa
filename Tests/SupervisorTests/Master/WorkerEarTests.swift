import Handoff
import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

/// What a worker sends beside its words, to a master whose kernel lets it (before Linux 6.16).
@Suite struct WorkerEarTests {
    private let place: TemporaryDirectory
    private let worker = ProcessIdentity(pid: ThisProcess.pid, startTime: 0)

    init() throws {
        try? ResourceLimit.files.raise()
        place = try TemporaryDirectory()
    }

    private func ear() throws -> WorkerEar {
        let socket = try Socket.datagram(.unix)
        try socket.set(.passCredentials, to: true)
        try socket.bind(.unix(path: place.path("notify")))
        return WorkerEar(socket)
    }

    private func say(_ text: String, descriptors: [Int32] = []) throws {
        let sent = try Socket.datagram(.unix).sendMessage(
            Array(text.utf8), descriptors: descriptors, to: .unix(path: place.path("notify")))
        #expect(sent == .bytes(text.utf8.count))
    }

    @Test func `nobody waits for the closing of what came with a message`() throws {
        let connection = try LingeringConnection()
        let ear = try ear()
        try say("READY=1\n", descriptors: [connection.number])
        connection.letGo()
        let first = ear.hear(worker, atMost: 32)
        #expect(first.notifications.map(\.isReady) == [true])
        #expect(ear.unclosed == 1)
        try say("STATUS=well\n")
        let second = ear.hear(worker, atMost: 32)
        #expect(second.notifications.map(\.status) == ["well"])
        #expect(ear.unclosed == 1 && !second.isHeldUp)
        connection.end()
        try wait(for: "the close") { ear.unclosed == 0 }
    }

    @Test func `who sends more than can be closed is heard when it is`() throws {
        let connection = try LingeringConnection()
        let ear = try ear()
        let null = try Files.openNull()
        try say("READY=1\n", descriptors: [connection.number] + Array(repeating: null.number, count: 252))
        connection.letGo()
        try say("STATUS=well\n")
        let first = ear.hear(worker, atMost: 32)
        #expect(first.count == 1 && first.isHeldUp)
        #expect(ear.unclosed == 253)
        let second = ear.hear(worker, atMost: 32)
        #expect(second.count == 0 && second.isHeldUp)
        connection.end()
        try wait(for: "the close") { ear.unclosed == 0 }
        let third = ear.hear(worker, atMost: 32)
        #expect(third.notifications.map(\.status) == ["well"])
        #expect(!third.isHeldUp)
    }

    @Test func `what nobody heard is closed elsewhere too`() throws {
        let connection = try LingeringConnection()
        do {
            let ear = try ear()
            try say("READY=1\n", descriptors: [connection.number])
            connection.letGo()
            #expect(ear.unclosed == 0)
        }
        #expect(ClosingQueue.isBusy)
        connection.end()
    }

    @Test func `a worker that is muted is not muted again`() {
        var voice = WorkerVoice()
        let now = Instant(sinceBoot: .seconds(10))
        let (isFirst, isAgain) = (voice.mute(at: now), voice.mute(at: now))
        #expect(isFirst && !isAgain)
        #expect(voice.mutedUntil == now + WorkerVoice.period)
    }
}
