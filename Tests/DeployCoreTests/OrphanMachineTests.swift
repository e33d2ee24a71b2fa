import Testing

@testable import DeployCore

@Suite("Processes that a worker left behind")
struct OrphanMachineTests {
    private func at(_ milliseconds: Int) -> Instant { Instant(sinceBoot: .milliseconds(milliseconds)) }

    @Test func theyGetAMomentThenTheDrainSignalThenSIGKILL() {
        var orphans = OrphanMachine(mayEndUntil: at(100))
        #expect(orphans.nextDeadline == at(100))
        #expect(orphans.expire(at: at(99), drainDeadline: at(500)) == nil)
        #expect(orphans.expire(at: at(100), drainDeadline: at(500)) == .drain(until: at(500)))
        #expect(orphans.nextDeadline == at(500))
        #expect(orphans.expire(at: at(499), drainDeadline: at(900)) == nil)
        #expect(orphans.expire(at: at(500), drainDeadline: at(900)) == .kill)
        #expect(orphans.nextDeadline == nil)
        #expect(orphans.expire(at: at(10_000), drainDeadline: at(20_000)) == nil)
    }

    @Test func withoutTimeForADrainTheyAreKilledAtOnce() {
        var orphans = OrphanMachine(mayEndUntil: at(100))
        #expect(orphans.expire(at: at(100), drainDeadline: at(100)) == .kill)
        #expect(orphans.state == .killed)
    }

    @Test func thoseInTheWayOfTheNextWorkerAreKilledBeforeTheirMomentIsOver() {
        var orphans = OrphanMachine(mayEndUntil: at(100))
        orphans.kill()
        #expect(orphans.state == .killed)
        #expect(orphans.nextDeadline == nil)
    }
}
