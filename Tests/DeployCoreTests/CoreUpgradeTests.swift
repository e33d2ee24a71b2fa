import Testing

@testable import DeployCore

@Suite("An upgrade of the master")
struct CoreUpgradeTests {
    typealias Situation = UpgradeMachine.Situation

    static let idle = Situation(occupation: nil, isQuiet: true, isHeldUp: false)
    static let talking = Situation(occupation: nil, isQuiet: false, isHeldUp: false)
    static let deploying = Situation(occupation: "a deploy", isQuiet: true, isHeldUp: false)
    static let start = Instant(sinceBoot: .seconds(100))

    private func machine(waits: Bool = false) -> UpgradeMachine {
        UpgradeMachine(trialLimit: .seconds(30), waits: waits)
    }

    /// One whose program was accepted.
    private func accepted(waits: Bool = false) -> UpgradeMachine {
        var machine = machine(waits: waits)
        _ = machine.advance(Self.idle, at: Self.start)
        machine.accepted(version: "2", at: Self.start)
        return machine
    }

    @Test("The program is tried, and becomes the master when it can go on")
    func tried() {
        var machine = machine()
        #expect(machine.advance(Self.idle, at: Self.start) == .tryProgram(within: .seconds(30)))
        #expect(machine.advance(Self.idle, at: Self.start) == .nothing)
        #expect(machine.nextDeadline == Self.start + .seconds(30))
        machine.accepted(version: "2", at: Self.start)
        #expect(machine.advance(Self.idle, at: Self.start) == .become(version: "2"))
        #expect(machine.advance(Self.idle, at: Self.start) == .nothing)
    }

    @Test("What is under way refuses it, or is waited for")
    func occupied() {
        var hasty = machine()
        #expect(hasty.advance(Self.deploying, at: Self.start) == .refuse(busyWith: "a deploy"))
        var patient = machine(waits: true)
        #expect(patient.advance(Self.deploying, at: Self.start) == .nothing)
        #expect(patient.nextDeadline == nil)
        #expect(patient.advance(Self.idle, at: Self.start) == .tryProgram(within: .seconds(30)))
    }

    @Test("A deploy that began while the program was tried refuses it, or is waited for, and it is tried again")
    func overtaken() {
        var hasty = accepted()
        #expect(hasty.advance(Self.deploying, at: Self.start) == .refuse(busyWith: "a deploy"))
        var patient = accepted(waits: true)
        #expect(patient.advance(Self.deploying, at: Self.start) == .nothing)
        #expect(patient.advance(Self.idle, at: Self.start) == .tryProgram(within: .seconds(30)))
    }

    @Test("A trial without a verdict is given up at its limit")
    func silent() {
        var machine = machine()
        _ = machine.advance(Self.idle, at: Self.start)
        #expect(machine.advance(Self.idle, at: Self.start + .milliseconds(29_999)) == .nothing)
        #expect(machine.advance(Self.idle, at: Self.start + .seconds(30)) == .giveUpTrial)
    }

    @Test("Half-said things hold it up for five seconds, and a call that hangs refuses it")
    func polite() {
        var machine = accepted()
        #expect(machine.advance(Self.talking, at: Self.start + .milliseconds(4_999)) == .nothing)
        #expect(machine.nextDeadline == Self.start + .seconds(5))
        var other = machine
        #expect(machine.advance(Self.talking, at: Self.start + .seconds(5)) == .become(version: "2"))
        let hanging = Situation(occupation: nil, isQuiet: false, isHeldUp: true)
        guard case .refuse = other.advance(hanging, at: Self.start + .seconds(5)) else {
            Issue.record("it was not refused")
            return
        }
        #expect(other.state == .over)
    }
}
