import TestSupport
import Testing

@testable import DeployCore

@Suite("Kept connections in a deploy")
struct CoreSharingTests {
    /// A plan with a canary of two steps.
    private static let canary: ReleasePlan = {
        var plan = CoreScript.plan("v2")
        plan.canary = [CanaryStep(percent: 10, duration: .seconds(1)), CanaryStep(percent: 50, duration: .seconds(1))]
        return plan
    }()

    @Test("They go at the cut-over, behind the steering, and once")
    func cutOver() {
        var script = CoreScript()
        _ = script.start()
        #expect(script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2]).shared == [])
        #expect(script.send(.steered(.only(2))).shared == [.only(2)])
        let watched = script.pass(.seconds(5))
        #expect(watched.shared == [] && watched.contains { $0.committedEntry != nil })
        #expect(script.send(.committed(2)).shared == [])
    }

    @Test("They come back with the others")
    func wayBack() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        #expect(script.send(.undo(nil)).shared == [])
        let back = script.send(.steered(.only(1)))
        #expect(back.shared == [.only(1)])
    }

    @Test("In a canary the step's share of them goes, all when it is promoted, and all come back when it is aborted")
    func canary() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: Self.canary, workers: [2])
        let tenth = SteeringTarget.split(2, percent: 10, old: 1)
        let half = SteeringTarget.split(2, percent: 50, old: 1)
        #expect(script.send(.steered(tenth)).shared == [tenth])
        #expect(script.pass(.seconds(1)).contains(.steer(half)))
        #expect(script.send(.steered(half)).shared == [half])
        var aborted = script
        _ = aborted.send(.abort(nil))
        #expect(aborted.send(.steered(.only(1))).shared == [.only(1)])
        _ = script.send(.promote(nil))
        #expect(script.send(.steered(.only(2))).shared == [.only(2)])
    }

    @Test("A master that follows says it again, whatever the one before came to")
    func resume() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        let watching = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: CoreScript.plain, at: script.now)
        #expect(watching.effects.shared == [.only(2)])
        _ = script.send(.undo(nil))
        _ = script.send(.steered(.only(1)))
        let back = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: CoreScript.plain, at: script.now)
        #expect(back.effects.shared == [.only(1)])
    }

    @Test("What a generation keeps of them: the old one less from step to step, the new one all that it has")
    func shares() {
        let tenth = SteeringTarget.split(2, percent: 10, old: 1)
        #expect(tenth.share(of: 1) == KeptShare(lots: 1_000..<10_000, others: 2))
        #expect(tenth.share(of: 2) == .everything)
        #expect(SteeringTarget.split(2, percent: 50, old: 1).share(of: 1) == KeptShare(lots: 5_000..<10_000, others: 2))
        #expect(SteeringTarget.only(2).share(of: 1) == KeptShare(lots: 0..<0, others: 2))
        #expect(SteeringTarget.only(2).share(of: 2) == .everything)
        #expect(SteeringTarget.only(1).share(of: 2) == KeptShare(lots: 0..<0, others: 1))
        // A generation that retires gives its own to who served before the canary.
        #expect(SteeringTarget.split(3, percent: 10, old: 2).share(of: 1) == KeptShare(lots: 0..<0, others: 2))
    }
}
