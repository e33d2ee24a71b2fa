import Handoff
import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Connections on their way from one generation to the next")
struct HandoversTests {
    private let place: TemporaryDirectory
    private let handovers: Handovers
    private let first = GenerationNumber(rawValue: 1)
    private let second = GenerationNumber(rawValue: 2)
    private let worker = WorkerNumber(rawValue: 7)

    init() throws {
        place = try TemporaryDirectory()
        let directory = StateDirectory(root: place.path, runtime: place.path)
        handovers = Handovers(
            HandoverSockets(directory, keeper: LaneKeeper(at: nil)), try EventLoop(), MasterLog(.plain),
            GenerationReleases())
    }

    @Test("A generation is handed connections as long as a worker of it takes them")
    func receivers() throws {
        handovers.open(for: first)
        #expect(handovers.line(to: first) == nil)
        handovers.setReceiving(worker, of: first, version: 1)
        #expect(handovers.line(to: first) != nil)
        handovers.setReceiving(worker, of: first, version: 0)
        #expect(handovers.line(to: first) == nil)
        handovers.setReceiving(worker, of: first, version: 1)
        handovers.retire(first)
        #expect(handovers.line(to: first) == nil)
        #expect(handovers.line(to: nil) == nil)
    }

    @Test("What a generation left is on its way until the next has it")
    func forwarded() throws {
        for generation in [first, second] {
            handovers.open(for: generation)
            handovers.setReceiving(worker, of: generation, version: 1)
        }
        let end = try Socket.stream(.v4)
        let isGiven = handovers.give(end, .plain, to: first)
        #expect(isGiven)
        handovers.release(first, serving: second)
        #expect(!handovers.isQuiet)
        // The first serial number that was given out.
        handovers.ready(1)
        #expect(handovers.isQuiet)
        let number = try #require(handovers.number(of: second))
        let port = Socket(adopting: try FileDescriptor(lent: number))
        let message = try #require(try port.receiveMessage(maxDescriptors: 4))
        #expect(message.descriptors.count == 1)
        ClosingQueue().close(message.descriptors)
    }

    @Test("The version is that of the worker who knows least, and nobody is given what it does not know")
    func versions() throws {
        let other = WorkerNumber(rawValue: 8)
        handovers.open(for: first)
        handovers.setReceiving(worker, of: first, version: 2)
        #expect(handovers.line(to: first)?.version == 2)
        let client = try Socket.stream(.v4)
        let isGiven = handovers.give(client, .newTLS, to: first)
        #expect(isGiven)
        handovers.setReceiving(other, of: first, version: 1)
        #expect(handovers.line(to: first)?.version == 1)
        let isRefused = !handovers.give(client, .newTLS, to: first)
        #expect(isRefused)
        let isPlainGiven = handovers.give(client, .plain, to: first)
        #expect(isPlainGiven)
        handovers.setReceiving(other, of: first, version: 0)
        #expect(handovers.line(to: first)?.version == 2)
        // Of the two that wait, the next generation gets what it knows.
        handovers.open(for: second)
        handovers.setReceiving(other, of: second, version: 1)
        handovers.release(first, serving: second)
        handovers.ready(1)
        #expect(handovers.isQuiet)
        let port = Socket(adopting: try FileDescriptor(lent: try #require(handovers.number(of: second))))
        let message = try #require(try port.receiveMessage(maxBytes: HandoverMessage.maxBytes, maxDescriptors: 4))
        #expect(HandoverMessage(parsing: message.bytes) == HandoverMessage(read: [[]]))
        ClosingQueue().close(message.descriptors)
        #expect(try port.receiveMessage(maxDescriptors: 4) == nil)
    }

    @Test("What nobody takes is closed")
    func refused() throws {
        handovers.open(for: first)
        handovers.setReceiving(worker, of: first, version: 1)
        let stranger = try Socket.stream(.v4)
        let isTaken = handovers.give(stranger, .plain, to: first)
        #expect(isTaken)
        handovers.release(first, serving: second)
        #expect(handovers.isQuiet)
        #expect(handovers.number(of: first) == nil)
    }
}
