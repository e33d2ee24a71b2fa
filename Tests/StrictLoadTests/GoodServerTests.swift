import Dispatch
import Linux
import Synchronization
import TestSupport
import Testing

@testable import StrictLoad

@Suite struct GoodServerTests {
    /// A plan of 300 requests by 8 clients.
    private func plan(_ server: ScriptedServer, _ mode: LoadPlan.Mode) -> LoadPlan {
        var plan = LoadPlan(address: server.address)
        plan.mode = mode
        plan.connections = 8
        plan.requests = 300
        plan.pause = 1_000_000
        plan.think = mode == .idle ? 0...2_000_000 : 0...0
        return plan
    }

    /// A server that does what is asked of it: echoes a body, closes when told to.
    private static let good: @Sendable (ScriptedServer.Request) -> [ScriptedServer.Act] = { request in
        let body = request.body.isEmpty ? "v1\n" : request.body
        return request.head.contains("Connection: close")
            ? [ok(body, "Connection: close\r\n"), .close] : [.send("HTTP/1.1 100 Continue\r\n\r\n"), ok(body)]
    }

    @Test(arguments: LoadPlan.Mode.allCases)
    func everyRequestIsSentOnceAndAnswered(mode: LoadPlan.Mode) throws {
        let server = try ScriptedServer(answer: Self.good)
        let report = try LoadLoop(plan(server, mode)).run()
        let tally = report.record.tally
        #expect(report.isPerfect, "\(report.text)")
        #expect(tally.requests == 300)
        #expect(tally.answered == 300)
        #expect(server.requestCount == 300)
        #expect(tally.latency.count == 300)
        let closes = mode == .closeByServer || mode == .closeByClient
        #expect(tally.connections == (closes ? 300 : 8))
    }

    @Test func aUnixSocketIsAskedTheSameWay() throws {
        let name = "strict-load-\(UInt64.random(in: 0 ... .max))"
        let server = try ScriptedServer(address: .abstract(name: name), answer: Self.good)
        #expect(try LoadLoop(plan(server, .closeByServer)).run().isPerfect)
    }

    @Test func anIPv6AddressIsAskedTheSameWay() throws {
        let server = try ScriptedServer(address: .v6(.loopback, port: 0, scope: 0), answer: Self.good)
        #expect(try LoadLoop(plan(server, .closeByServer)).run().isPerfect)
    }

    @Test func anAnnouncedCloseIsNoFailureAndTheNextRequestConnectsAnew() throws {
        let server = try ScriptedServer {
            $0.onConnection == 10 ? [ok("v1\n", "Connection: close\r\n"), .close] : [ok("v1\n")]
        }
        let report = try LoadLoop(plan(server, .keepAlive)).run()
        #expect(report.isPerfect, "\(report.text)")
        #expect(report.record.tally.serverSaidClose >= 22)
        #expect(report.record.tally.connections >= 30)
    }

    @Test func anAnswerThatEndsWithItsConnectionIsWhole() throws {
        let server = try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\n\r\nv1\n"), .close] }
        var plan = plan(server, .keepAlive)
        plan.expectedBodies = [Array("v1\n".utf8)]
        let report = try LoadLoop(plan).run()
        #expect(report.isPerfect, "\(report.text)")
        #expect(report.record.tally.serverSaidClose == 300)
    }

    @Test func idleClosesAreCountedApartWhereTheyAreAllowed() throws {
        let server = try ScriptedServer { $0.onConnection == 5 ? [ok("v1\n"), .close] : [ok("v1\n")] }
        var plan = plan(server, .idle)
        plan.connections = 1
        plan.requests = 8
        plan.think = 200_000_000...200_000_000
        plan.allowsIdleClose = true
        let report = try LoadLoop(plan).run()
        #expect(report.isPerfect, "\(report.text)")
        #expect(report.record.tally.allowedIdleCloses >= 1)
    }

    @Test func aServerThatAnnouncesACloseAndStaysIsNoted() throws {
        let server = try ScriptedServer { _ in [ok("v1\n", "Connection: close\r\n")] }
        var plan = plan(server, .closeByServer)
        plan.connections = 2
        plan.requests = 3
        let report = try LoadLoop(plan).run()
        #expect(report.isPerfect, "\(report.text)")
        #expect(report.record.tally.leftOpen >= 1)
    }

    @Test func versionsThatTakeTurnsAreEpochsOfTheReport() throws {
        let server = try ScriptedServer { [ok(($0.number - 1) / 50 % 2 == 0 ? "v1\n" : "v2\n"), .close] }
        var plan = plan(server, .closeByServer)
        plan.connections = 1
        let epochs = try LoadLoop(plan).run().record.versions.epochs
        #expect(epochs.map(\.version) == ["v1", "v2", "v1", "v2", "v1", "v2"])
        #expect(epochs.map(\.count) == [50, 50, 50, 50, 50, 50])
    }

    @Test func anInterruptedRunFinishesTheAnswersUnderWay() throws {
        let interrupt = try Interrupt()
        let server = try ScriptedServer { request in
            if request.number == 100 { interrupt.event.signal() }
            return [ok("v1\n")]
        }
        var plan = plan(server, .keepAlive)
        plan.requests = nil
        let report = try LoadLoop(plan, interrupt: interrupt.event.number).run()
        #expect(report.isPerfect, "\(report.text)")
        #expect(report.record.tally.requests == server.requestCount)
        #expect(report.record.tally.requests >= 100)
    }

    @Test func aSecondInterruptionGivesUpWhatIsUnderWay() throws {
        let interrupt = try Interrupt()
        let server = try ScriptedServer()
        var plan = plan(server, .post)
        plan.connections = 1
        plan.timeout = 60_000_000_000
        DispatchQueue(label: "impatience").async {
            try? wait(
                for: "the end of the run",
                until: {
                    if server.requestCount > 0 { interrupt.event.signal() }
                    return interrupt.isOver.withLock { $0 }
                })
        }
        let report = try LoadLoop(plan, interrupt: interrupt.event.number).run()
        interrupt.isOver.withLock { $0 = true }
        #expect(report.wasAborted)
        #expect(!report.isPerfect)
    }

    @Test func aRateIsKept() throws {
        let server = try ScriptedServer(answer: Self.good)
        var plan = plan(server, .keepAlive)
        plan.requests = 100
        plan.rate = 500
        let report = try LoadLoop(plan).run()
        #expect(report.isPerfect)
        #expect(report.elapsed >= 198_000_000)
    }

    @Test func aLargeAnswerInManyPiecesIsWhole() throws {
        let server = try ScriptedServer { _ in [ok(String(repeating: "x", count: 100_000))] }
        var plan = plan(server, .keepAlive)
        plan.requests = 20
        let report = try LoadLoop(plan).run()
        #expect(report.isPerfect, "\(report.text)")
        #expect(report.record.tally.bytesReceived > 2_000_000)
    }
}

/// What ends a run from another thread.
private final class Interrupt: Sendable {
    let event: EventDescriptor
    let isOver = Mutex(false)

    init() throws(SystemError) { event = try EventDescriptor() }
}
