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

    @Test func aClientThatEndsItsSideStillGetsItsAnswer() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.endOfStream, .none)], &machine)
        #expect(machine.answerIsLast(moreBytes: false) && !machine.awaitsBytes)
        play([(.answered(isLast: true), .none), (.outputSent, .close)], &machine)
    }

    @Test func anEndWithinARequestClosesAndLateEventsDoNothing() {
        var machine = ConnectionMachine()
        play([(.headBegan, .none), (.endOfStream, .close)], &machine)
        play([(.timedOut, .none), (.failed, .none), (.outputSent, .none), (.drainEnded, .none)], &machine)
    }

    @Test func theEndOfADrainClosesWhatIsStillInHand() {
        var machine = ConnectionMachine()
        play([(.headEnded(keepAlive: true, hasBody: false), .none), (.drainEnded, .close)], &machine)
    }
}
