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
        handovers.setReceiving(worker, of: first, to: true)
        #expect(handovers.line(to: first) != nil)
        handovers.setReceiving(worker, of: first, to: false)
        #expect(handovers.line(to: first) == nil)
        handovers.setReceiving(worker, of: first, to: true)
        handovers.retire(first)
        #expect(handovers.line(to: first) == nil)
        #expect(handovers.line(to: nil) == nil)
    }

    @Test("What a generation left is on its way until the next has it")
    func forwarded() throws {
        for generation in [first, second] {
            handovers.open(for: generation)
            handovers.setReceiving(worker, of: generation, to: true)
        }
        let end = try Socket.stream(.v4)
        let isGiven = handovers.give(end, to: first)
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

    @Test("What nobody takes is closed")
    func refused() throws {
        handovers.open(for: first)
        handovers.setReceiving(worker, of: first, to: true)
        let stranger = try Socket.stream(.v4)
        let isTaken = handovers.give(stranger, to: first)
        #expect(isTaken)
        handovers.release(first, serving: second)
        #expect(handovers.isQuiet)
        #expect(handovers.number(of: first) == nil)
    }
}
