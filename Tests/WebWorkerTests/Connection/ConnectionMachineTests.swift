import Testing

@testable import WebWorker

/// Scripts: what happens to a connection, and what its machine wants each time.
@Suite struct ConnectionMachineTests {
    private typealias Step = (event: ConnectionMachine.Event, effect: ConnectionMachine.Effect)

    private func play(_ steps: [Step], _ machine: inout ConnectionMachine) {
        for (index, step) in steps.enumerated() {
            #expect(machine.handle(step.event) == step.effect, "step \(index): \(step.event)")
        }
    }

    @Test func aRequestIsAnsweredAndTheNextOneIsAwaited() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
        #expect(machine.isInFlight && !machine.awaitsBytes)
        #expect(!machine.answerIsLast(moreBytes: false))
        play([(.answered(isLast: false), .none), (.outputSent, .takeNext)], &machine)
        #expect(machine.isIdle && machine.awaitsBytes && machine.wait == .idle)
    }

    @Test func aBodyIsAwaitedBeforeTheHandler() {
        var machine = ConnectionMachine()
        play([(.headBegan, .none)], &machine)
        #expect(machine.wait == .head)
        play([(.headEnded(keepAlive: true, hasBody: true), .none)], &machine)
        #expect(machine.isInBody && machine.awaitsBytes && machine.wait == .body)
        play([(.bodyEnded, .none)], &machine)
        #expect(machine.isInFlight && machine.wait == .none)
    }

    @Test func aClientThatAskedForTheCloseIsClosedAtOnce() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: false, hasBody: false), .none)], &machine)
        #expect(machine.answerIsLast(moreBytes: true))
        play([(.answered(isLast: true), .none), (.outputSent, .close)], &machine)
        #expect(machine.isClosed)
    }

    @Test func aRefusalIsFollowedByLingering() {
        var machine = ConnectionMachine()
        play([(.headBegan, .none), (.refused, .none), (.outputSent, .linger)], &machine)
        #expect(machine.isLingering && machine.awaitsBytes && machine.wait == .linger)
        play([(.endOfStream, .close)], &machine)
    }

    @Test func whileTheClientDoesNotReadNothingIsReadFromIt() {
        var machine = ConnectionMachine()
        play(
            [
                (.headEnded(keepAlive: true, hasBody: false), .none), (.answered(isLast: false), .none),
                (.outputBlocked, .none),
            ], &machine)
        #expect(!machine.awaitsBytes && !machine.takesRequests && machine.wait == .write)
        play([(.outputSent, .takeNext)], &machine)
        #expect(machine.awaitsBytes)
    }

    @Test func aClientThatTakesNothingIsClosedWhenItsTimeIsUp() {
        var machine = ConnectionMachine()
        play(
            [
                (.headEnded(keepAlive: true, hasBody: false), .none), (.answered(isLast: false), .none),
                (.outputBlocked, .none), (.timedOut, .close),
            ], &machine)
    }

    @Test func aSlowHeadIsRefused() {
        var machine = ConnectionMachine()
        play([(.headBegan, .none), (.timedOut, .refuse(.tooSlow))], &machine)
        play([(.refused, .none), (.outputSent, .linger)], &machine)
    }

    @Test func anIdleConnectionIsNeverClosedWithoutALastLook() {
        var machine = ConnectionMachine()
        play([(.timedOut, .closeIfSilent)], &machine)
        #expect(!machine.isClosed)
        play([(.drainBegan, .none), (.drainEnded, .closeIfSilent)], &machine)
        #expect(!machine.isClosed)
    }

    @Test func inADrainAnIdleConnectionStaysAndItsNextAnswerIsTheLast() {
        var machine = ConnectionMachine()
        play([(.drainBegan, .none)], &machine)
        #expect(machine.isIdle && machine.awaitsBytes)
        play([(.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
        #expect(machine.answerIsLast(moreBytes: false))
        play([(.answered(isLast: true), .none), (.outputSent, .linger), (.endOfStream, .close)], &machine)
    }

    @Test func inADrainRequestsThatAreHereAlreadyAreAllAnswered() {
        var machine = ConnectionMachine()
        play([(.drainBegan, .none), (.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
        #expect(!machine.answerIsLast(moreBytes: true))
        play([(.answered(isLast: false), .none), (.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
        #expect(machine.answerIsLast(moreBytes: false))
    }

    @Test func aClientThatIsGoneCancelsItsRequest() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
        #expect(machine.awaitsEnd && !machine.awaitsBytes)
        play([(.endOfStream, .close)], &machine)
        var answering = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.answerBegan(isLast: false), .none)], &answering)
        play([(.endOfStream, .close)], &answering)
        // What is whole already is sent to its end.
        var sending = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.answered(isLast: false), .none)], &sending)
        play([(.outputBlocked, .none), (.headBegan, .none), (.endOfStream, .none)], &sending)
        #expect(!sending.awaitsEnd && !sending.wantsInput)
        play([(.outputSent, .close)], &sending)
    }

    @Test func aClientThatEndsItsSideStillGetsItsAnswerIfTheSiteWantsIt() {
        var machine = ConnectionMachine(answersHalfClosed: true)
        #expect(!machine.awaitsEnd)
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.endOfStream, .none)], &machine)
        #expect(machine.answerIsLast(moreBytes: false) && !machine.awaitsBytes)
        play([(.answered(isLast: true), .none), (.outputSent, .close)], &machine)
    }

    @Test func anEndWithinARequestClosesAndLateEventsDoNothing() {
        var machine = ConnectionMachine()
        play([(.headBegan, .none), (.endOfStream, .close)], &machine)
        play([(.timedOut, .none), (.failed, .none), (.outputSent, .none), (.drainEnded, .none)], &machine)
    }

    @Test func anAnswerInPiecesKeepsTheConnectionInHandUntilItsEnd() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
        #expect(machine.mayAnswer)
        play([(.answerBegan(isLast: false), .none), (.outputBlocked, .none)], &machine)
        #expect(machine.isAnswering && machine.isInFlight && machine.wait == .write && !machine.mayLeave)
        play([(.outputSent, .none)], &machine)
        // The time that the source takes is not the client's.
        #expect(machine.isInFlight && !machine.awaitsBytes && machine.wait == .none)
        play([(.timedOut, .none), (.answerEnded, .none), (.outputSent, .takeNext)], &machine)
        #expect(machine.isIdle && machine.mayLeave)
    }

    @Test func anAnswerInPiecesThatIsTheLastEndsTheConnection() {
        var machine = ConnectionMachine()
        play([(.drainBegan, .none), (.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
        #expect(machine.answerIsLast(moreBytes: false))
        play([(.answerBegan(isLast: true), .none), (.outputSent, .none), (.answerEnded, .none)], &machine)
        play([(.outputSent, .linger), (.endOfStream, .close)], &machine)
    }

    @Test func aBrokenAnswerAndAClientThatTakesNothingEndTheConnection() {
        for event in [ConnectionMachine.Event.answerBroken, .failed, .drainEnded] {
            var machine = ConnectionMachine()
            play([(.headEnded(keepAlive: true, hasBody: false), .none)], &machine)
            play([(.answerBegan(isLast: false), .none), (event, .close)], &machine)
        }
        var slow = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.answerBegan(isLast: false), .none)], &slow)
        play([(.outputBlocked, .none), (.timedOut, .close)], &slow)
    }

    @Test func theEndOfADrainCutsOffWhatHasNoAnswer() {
        var idle = ConnectionMachine()
        play([(.drainEnded, .closeIfSilent)], &idle)
        #expect(!idle.isCutOff)
        for hasBody in [true, false] {
            var machine = ConnectionMachine()
            play([(.headEnded(keepAlive: true, hasBody: hasBody), .none), (.drainEnded, .close)], &machine)
            #expect(machine.isCutOff)
        }
        var begun = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.answerBegan(isLast: false), .none)], &begun)
        play([(.drainEnded, .close)], &begun)
        #expect(!begun.isCutOff)
    }

    @Test func aStreamedBodyIsReadWhileItsHandlerWantsIt() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: true), .none), (.bodyStreamed, .none)], &machine)
        #expect(machine.takesBody && machine.awaitsBytes && machine.wait == .body && machine.isInFlight)
        play([(.bodyHeld, .none)], &machine)
        #expect(!machine.takesBody && machine.bodyArrives && !machine.awaitsBytes && machine.wait == .none)
        // The client waits for us, so its time does not run.
        play([(.timedOut, .none), (.bodyResumed, .none), (.answerBegan(isLast: false), .none)], &machine)
        #expect(machine.takesBody && machine.awaitsBytes && machine.wait == .body)
        play([(.bodyEnded, .none)], &machine)
        #expect(!machine.awaitsBytes && machine.wait == .none)
        play([(.answerEnded, .none), (.outputSent, .takeNext)], &machine)
        #expect(machine.isIdle)
    }

    @Test func theOutputOfAnAnswerMayBeBlockedWhileTheBodyArrives() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: true), .none), (.bodyStreamed, .none)], &machine)
        play([(.answerBegan(isLast: false), .none), (.outputBlocked, .none)], &machine)
        #expect(machine.takesBody && machine.awaitsBytes && machine.wait == .write)
    }

    @Test func anAnswerBeforeTheEndOfItsRequestIsTheLastAndLingers() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: false, hasBody: true), .none), (.bodyStreamed, .none)], &machine)
        play([(.answerBegan(isLast: false), .none), (.answerEnded, .none)], &machine)
        #expect(!machine.takesBody && !machine.wantsInput)
        play([(.outputSent, .linger)], &machine)
    }

    @Test func aStreamedBodyThatFailsIsRefusedUnlessItsAnswerHasBegun() {
        for (event, refusal) in [
            (ConnectionMachine.Event.bodyFailed(.chunk), Refusal.chunk), (.timedOut, .tooSlow),
        ] {
            var machine = ConnectionMachine()
            play([(.headEnded(keepAlive: true, hasBody: true), .none), (.bodyStreamed, .none)], &machine)
            play([(event, .refuse(refusal)), (.refused, .none), (.outputSent, .linger)], &machine)

            var answering = ConnectionMachine()
            play([(.headEnded(keepAlive: true, hasBody: true), .none), (.bodyStreamed, .none)], &answering)
            play([(.answerBegan(isLast: false), .none), (event, .close)], &answering)
        }
    }

    @Test func aClientThatEndsWithinItsStreamedBodyIsGone() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: true), .none), (.bodyStreamed, .none)], &machine)
        play([(.endOfStream, .close)], &machine)
        #expect(!machine.takesBody)
    }

    @Test func anUpgradedConnectionCarriesBytesBothWaysWithoutATimeLimit() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.upgraded, .none)], &machine)
        #expect(machine.isTunnel && machine.takesBody && machine.awaitsBytes && machine.wait == .none)
        #expect(!machine.isInFlight && !machine.mayLeave)
        var other = machine
        play([(.endOfStream, .endBody)], &machine)
        #expect(!machine.awaitsBytes)
        play([(.answerEnded, .none), (.outputSent, .close)], &machine)
        play([(.timedOut, .none), (.answerEnded, .none), (.outputSent, .linger)], &other)
    }

    @Test func theEndOfADrainClosesWhatIsStillInHand() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.drainEnded, .close)], &machine)
    }
}
