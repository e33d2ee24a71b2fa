import Testing

@testable import StrictLoad

@Suite struct ConnectionScriptTests {
    private typealias Reaction = ConnectionScript.Reaction

    /// A script at the point where the first request is out.
    private func asked(_ mode: LoadPlan.Mode) -> ConnectionScript {
        var script = ConnectionScript(mode: mode)
        #expect(script.handle(.due) == Reaction(.connect))
        #expect(script.handle(.connected) == Reaction(.send(.whole)))
        #expect(script.handle(.sent) == Reaction(.wait))
        return script
    }

    @Test func keepAliveAsksAgainOnTheSameConnection() {
        var script = asked(.keepAlive)
        #expect(script.handle(.answered(keepsConnection: true)) == Reaction(.nextOnSame))
        #expect(script.isBetweenRequests)
        #expect(script.handle(.due) == Reaction(.send(.whole)))
        #expect(script.requestsOnSocket == 2)
    }

    @Test func anAnnouncedCloseIsAwaitedAndTheNextRequestConnects() {
        var script = asked(.keepAlive)
        #expect(script.handle(.answered(keepsConnection: false)) == Reaction(.linger, note: .serverSaidClose))
        #expect(script.handle(.endOfStream(answerBegun: false)) == Reaction(.nextOnNew))
        #expect(script.handle(.due) == Reaction(.connect))
        #expect(script.requestsOnSocket == 0)
    }

    @Test func aConnectionARequestIsClosedByTheSideThatThePlanNames() {
        var byServer = asked(.closeByServer)
        #expect(byServer.handle(.answered(keepsConnection: false)) == Reaction(.linger))
        var byClient = asked(.closeByClient)
        #expect(byClient.handle(.answered(keepsConnection: true)) == Reaction(.nextOnNew))
    }

    @Test func aPostPausesBetweenItsHalves() {
        var script = ConnectionScript(mode: .post)
        _ = script.handle(.due)
        #expect(script.handle(.connected) == Reaction(.send(.firstHalf)))
        #expect(script.handle(.sent) == Reaction(.pause))
        #expect(script.handle(.due) == Reaction(.send(.secondHalf)))
        #expect(script.handle(.sent) == Reaction(.wait))
        #expect(script.handle(.answered(keepsConnection: true)) == Reaction(.nextOnSame))
    }

    @Test func anAnswerBeforeTheWholePostEndsTheConnection() {
        var script = ConnectionScript(mode: .post)
        for event: ConnectionScript.Event in [.due, .connected, .sent] { _ = script.handle(event) }
        #expect(script.handle(.answered(keepsConnection: true)) == Reaction(.linger, note: .serverSaidClose))
    }

    @Test func aCloseWithoutAnAnswerDependsOnWhatTheConnectionDidBefore() {
        var fresh = asked(.keepAlive)
        #expect(fresh.handle(.endOfStream(answerBegun: false)) == Reaction(.nextOnNew, failure: .closedFresh))
        var reused = asked(.keepAlive)
        _ = reused.handle(.answered(keepsConnection: true))
        _ = reused.handle(.due)
        #expect(reused.handle(.endOfStream(answerBegun: false)) == Reaction(.nextOnNew, failure: .closedReused))
        var begun = asked(.keepAlive)
        #expect(begun.handle(.endOfStream(answerBegun: true)) == Reaction(.nextOnNew, failure: .truncated))
    }

    @Test func aCloseWhileIdleIsAFailureUnlessThePlanAllowsIt() {
        for (allows, wanted) in [
            (false, Reaction(.nextOnNew, failure: .closedIdle)), (true, Reaction(.nextOnNew, note: .idleCloseAllowed)),
        ] {
            var script = ConnectionScript(mode: .idle, allowsIdleClose: allows)
            for event: ConnectionScript.Event in [.due, .connected, .sent, .answered(keepsConnection: true)] {
                _ = script.handle(event)
            }
            #expect(script.handle(.endOfStream(answerBegun: false)) == wanted)
        }
    }

    @Test func whatIsOverdueIsToldApart() {
        var connecting = ConnectionScript(mode: .keepAlive)
        _ = connecting.handle(.due)
        #expect(connecting.handle(.due) == Reaction(.nextOnNew, failure: .connectTimedOut))
        var asking = asked(.keepAlive)
        #expect(asking.handle(.due) == Reaction(.nextOnNew, failure: .timedOut))
        var closing = asked(.closeByServer)
        _ = closing.handle(.answered(keepsConnection: false))
        #expect(closing.handle(.due) == Reaction(.nextOnNew, note: .leftOpen))
    }

    @Test func aResetCountsUntilTheAnswerIsWhole() {
        var asking = asked(.closeByServer)
        #expect(asking.handle(.reset) == Reaction(.nextOnNew, failure: .reset))
        var closing = asked(.closeByServer)
        _ = closing.handle(.answered(keepsConnection: false))
        #expect(closing.handle(.reset) == Reaction(.nextOnNew, note: .resetAfterAnswer))
    }
}
