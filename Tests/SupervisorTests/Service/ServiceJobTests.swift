import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("What systemd is about to do with the service")
struct ServiceJobTests {
    @Test(
        "Only the job tells a restart from a stop",
        arguments: [
            ("123 deployd.service restart running\n", .restart), ("123 deployd.service stop running\n", .stop),
            ("1 other.service restart waiting\n2 deployd.service stop running\n", .stop),
            ("1 other.service start waiting\n2 deployd.service restart running\n", .restart), ("", .other),
            ("3 deployd.service start waiting\n", .other), ("No jobs running.\n", .other),
        ] as [(String, ServiceJob)])
    func jobs(text: String, job: ServiceJob) {
        #expect(ServiceJob(in: text, of: "deployd.service") == job)
    }

    @Test(
        "The unit is the innermost service of the control group",
        arguments: [
            ("0::/system.slice/deployd.service\n", "deployd.service"),
            ("0::/system.slice/deployd.service/deployd\n", "deployd.service"),
            ("0::/system.slice/system-deployd.slice/deployd@two.service\n", "deployd@two.service"),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/deployd.service\n", "deployd.service"),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope\n", nil),
            ("0::/user.slice/user-0.slice/session-1.scope\n", nil), ("1:name=systemd:/\n0::/\n", nil), ("", nil),
        ] as [(String, String?)])
    func units(text: String, unit: String?) {
        #expect(ServiceJob.unit(inGroups: text) == unit)
    }

    @Test(
        "A service is over when it is inactive and nothing is to be done with it; one that failed is not",
        arguments: [
            ("ActiveState=inactive\n", true), ("Job=0\nActiveState=inactive\n", true),
            ("Job=17\nActiveState=inactive\n", false), ("ActiveState=failed\n", false),
            ("ActiveState=activating\n", false), ("ActiveState=active\n", false), ("", nil),
        ] as [(String, Bool?)])
    func rest(text: String, isOver: Bool?) {
        #expect(ServiceJob.isOver(inState: text) == isOver)
    }

    @Test("STATUS= says what `status` would call a problem")
    func statusText() {
        var machine = Machine(policies: Policies())
        #expect(ServiceManager.status(machine, nil) == "nothing serves")
        #expect(ServiceManager.status(machine, "no room") == "nothing serves; problem: no room")
        let plan = ReleasePlan(path: "/srv/v1", label: "v1", workers: 1, readiness: .notify)
        let start: [Event] = [
            .deploy(nil, plan, .start, wait: false), .saved(1), .lanesOpened(1),
            .spawned(1, ProcessIdentity(pid: 101, startTime: 1)), .ready(1, .drains), .saved(1), .steered(.only(1)),
        ]
        for event in start { _ = machine.handle(event, at: Instant(sinceBoot: .seconds(1))) }
        #expect(ServiceManager.status(machine, "no room") == "generation 1 (v1) serves; problem: no room")
    }

    @Test("A line of the journal is as urgent as what it tells")
    func urgency() {
        let lost = LostWorker(worker: 1, slot: 1, pid: 7, end: .signalled(name: "SIGKILL", dumpedCore: false))
        #expect(Note.crashLoop(1).urgency == .error)
        #expect(Note.exited(1, lost, respawnIn: .seconds(1)).urgency == .warning)
        #expect(Note.killed(1, slot: 1).urgency == .warning)
        #expect(Note.waitsForRoom(Crowd(count: 8, first: nil)).urgency == .information)
    }
}
