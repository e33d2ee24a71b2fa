import Linux
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite struct InheritedSocketsTests {
    @Test func `descriptors are numbered from 3 and have the names that the manager gave them`() {
        let environment = ["LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "deployd.socket:web/1"]
        let numbers = InheritedSockets.numbers(environment, pid: 7)
        #expect(numbers.map(\.number) == [3, 4, 5])
        #expect(numbers.map(\.name) == ["deployd.socket", "web/1", "unknown"])
    }

    @Test(arguments: [
        ["LISTEN_PID": "8", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"], ["LISTEN_PID": "7"],
        ["LISTEN_PID": "7", "LISTEN_FDS": "-1"], ["LISTEN_PID": "7", "LISTEN_FDS": "many"],
    ])
    func `what is meant for another process, or makes no sense, is nothing`(environment: [String: String]) {
        #expect(InheritedSockets.numbers(environment, pid: 7).isEmpty)
    }
}

@Suite struct ServiceManagerTests {
    @Test func `the watchdog is answered twice within its time, by the process that it looks at`() {
        #expect(ServiceManager.watchdog(["WATCHDOG_USEC": "4000000"], pid: 7) == .seconds(2))
        #expect(ServiceManager.watchdog(["WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "7"], pid: 7) == .seconds(2))
        #expect(ServiceManager.watchdog(["WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "8"], pid: 7) == nil)
        #expect(ServiceManager.watchdog(["WATCHDOG_USEC": "0"], pid: 7) == nil)
        #expect(ServiceManager.watchdog([:], pid: 7) == nil)
    }

    @Test func `without a manager nothing is ever due`() {
        let manager = ServiceManager(Surroundings(workingDirectory: "/"), at: Instant(sinceBoot: .seconds(5)))
        manager.tell(Machine(policies: Policies(PolicySettings())), at: Instant(sinceBoot: .seconds(6)))
        #expect(manager.nextDeadline == nil)
    }
}
