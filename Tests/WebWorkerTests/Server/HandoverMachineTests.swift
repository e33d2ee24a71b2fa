import Testing

@testable import WebWorker

/// Scripts: what a draining worker does with its idle connections.
@Suite struct HandoverMachineTests {
    private typealias Step = (event: HandoverMachine.Event, effect: HandoverMachine.Effect)

    private func play(_ steps: [Step], _ machine: inout HandoverMachine) {
        for (index, step) in steps.enumerated() {
            #expect(machine.handle(step.event) == step.effect, "step \(index): \(step.event)")
        }
    }

    @Test func withoutALineNothingGoes() {
        var machine = HandoverMachine()
        #expect(!machine.isOn && !machine.maySend && machine.deadline == nil)
        play([(.writable, .none), (.looked(at: 5), .none), (.lineFailed, .none)], &machine)
        #expect(!machine.isOn)
    }

    @Test func aLineMakesAllIdleConnectionsGo() {
        var machine = HandoverMachine()
        play([(.lineGiven, .offerAll)], &machine)
        #expect(machine.isOn && machine.maySend)
    }

    @Test func aFullQueueIsWaitedForAndConnectionsStayAlive() {
        var machine = HandoverMachine()
        play([(.lineGiven, .offerAll), (.queueFull, .watchLine)], &machine)
        #expect(machine.isOn && !machine.maySend && machine.deadline == nil)
        play([(.looked(at: 9), .none), (.writable, .unwatchLine)], &machine)
        #expect(machine.maySend)
    }

    @Test func tooManyDescriptorsOnTheirWayMakeItRest() {
        var machine = HandoverMachine()
        play([(.lineGiven, .offerAll), (.tooManyOnTheirWay(at: 100), .none)], &machine)
        #expect(machine.isOn && !machine.maySend && machine.deadline == 110)
        play([(.looked(at: 109), .none)], &machine)
        #expect(!machine.maySend)
        play([(.looked(at: 110), .none)], &machine)
        #expect(machine.maySend && machine.deadline == nil)
    }

    @Test(arguments: [[], [HandoverMachine.Event.queueFull], [.tooManyOnTheirWay(at: 0)]])
    func aLineThatFailsMakesAnswersTheLastOnes(before: [HandoverMachine.Event]) {
        var machine = HandoverMachine()
        _ = machine.handle(.lineGiven)
        for event in before { _ = machine.handle(event) }
        play([(.lineFailed, .keepConnections), (.lineFailed, .none)], &machine)
        #expect(!machine.isOn)
    }

    @Test(arguments: [[], [HandoverMachine.Event.queueFull], [.tooManyOnTheirWay(at: 0)]])
    func aLineThatIsTakenAwayLeavesConnectionsWhereTheyAre(before: [HandoverMachine.Event]) {
        var machine = HandoverMachine()
        play([(.lineTaken, .none)], &machine)
        _ = machine.handle(.lineGiven)
        for event in before { _ = machine.handle(event) }
        play([(.lineTaken, .keepConnections), (.lineTaken, .none)], &machine)
        #expect(!machine.isOn)
    }

    @Test(arguments: [[], [HandoverMachine.Event.queueFull], [.tooManyOnTheirWay(at: 0)], [.lineFailed]])
    func anotherLineTakesThePlaceOfTheFirst(before: [HandoverMachine.Event]) {
        var machine = HandoverMachine()
        _ = machine.handle(.lineGiven)
        for event in before { _ = machine.handle(event) }
        play([(.lineGiven, .offerAll)], &machine)
        #expect(machine.maySend)
    }
}

/// Which connections may go.
@Suite struct LeavingTests {
    @Test func idleAndHalfAHeadMayGo() {
        var machine = ConnectionMachine()
        #expect(machine.mayLeave)
        _ = machine.handle(.headBegan)
        #expect(machine.mayLeave)
        #expect(machine.handle(.handedOver) == .close)
        #expect(machine.isClosed)
    }

    @Test func aRequestInHandStaysUntilItsAnswerIsOut() {
        var machine = ConnectionMachine()
        _ = machine.handle(.headEnded(keepAlive: true, hasBody: true))
        #expect(!machine.mayLeave)
        _ = machine.handle(.bodyEnded)
        #expect(!machine.mayLeave)
        _ = machine.handle(.answered(isLast: false))
        _ = machine.handle(.outputBlocked)
        #expect(!machine.mayLeave)
        _ = machine.handle(.outputSent)
        #expect(machine.mayLeave)
    }

    @Test func aHandOverKeepsConnectionsAliveAndItsFailureClosesThem() {
        var machine = ConnectionMachine()
        _ = machine.handle(.drainBegan)
        _ = machine.handle(.handOverBegan)
        #expect(!machine.answerIsLast(moreBytes: false))
        _ = machine.handle(.drainBegan)
        #expect(machine.answerIsLast(moreBytes: false))
    }

    @Test func aConnectionThatEndsDoesNotGo() {
        var machine = ConnectionMachine()
        _ = machine.handle(.headEnded(keepAlive: false, hasBody: false))
        _ = machine.handle(.answered(isLast: true))
        #expect(!machine.mayLeave)
        _ = machine.handle(.outputSent)
        #expect(!machine.mayLeave)
    }
}
