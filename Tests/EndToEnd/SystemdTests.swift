import TestSupport
import Testing

extension EndToEnd {
    @Suite("In a real systemd")
    struct SystemdTests {
        /// The checks of `Tests/Fixtures/systemd/checks`, with what each of them holds.
        static let checks = [
            "unit": "`deployd unit` prints a unit that systemd finds nothing wrong with",
            "start": "a start is over when the release serves, and systemd shows which",
            "journal": "the journal has the master's lines by how much they matter",
            "environment": "systemd reads environment files as our table of them says",
            "deploy": "a deploy loses no request",
            "strangers": "who has no rights is told so, and to ask systemd for a start",
            "groups": "each generation has a control group, and whatever is in it ends with it",
            "counting": "the unit's rights are enough for the kernel to count, also for the next master",
            "limits": "limits of a generation are kept, or a deploy with them is refused and says why",
            "kill": "kill -9 of the main process: the next one goes on with the same workers, and no request is lost",
            "urgency": "the journal has kills as warnings and a crash loop as an error, and systemd shows it",
            "store": "kill -9 of every process: the sockets stay, and who connects meanwhile waits",
            "reload": "a reload goes by the new configuration, and fails when there is a mistake in it",
            "restart": "a restart of the unit leaves the workers alone, and loses no request",
            "upgrade": "the master becomes another program under the same pid, and can be killed afterwards",
            "watchdog": "a master that hangs is killed and followed by another, and no request is lost",
            "hungRestart": "a restart of a master that hangs leaves the workers alone, and loses no request",
            "broken": "a restart with a broken program, or none, loses no request, and goes on when there is one again",
            "stopWithout": "a stop while no master runs ends all that is ours, and a mistake makes the service fail",
            "debugger": "a stop ends all that is ours though a debugger holds the master",
            "failed": "what serves on when the service has failed ends by hand, or when the failure is reset",
            "instance": "a second instance has a unit, state and logs of its own",
            "stop": "a stop drains, and leaves nothing behind",
            "stopByHand": "`deployd stop` ends the service for good",
            "socket": "a socket unit starts the service, its socket is steered, and no request is lost",
            "refusedSocket": "a start that cannot succeed is not tried for ever for who connects to a socket unit",
        ]

        @Test("starts, deploys, kills, restarts, stops and sockets go as they should")
        func checks() throws {
            if let obstacle = try SystemdMachine.obstacle() {
                return skipped("EndToEnd.SystemdTests", because: obstacle)
            }
            let machine = try SystemdMachine()
            for (name, what) in Self.checks.sorted(by: { $0.key < $1.key }) {
                let verdict = machine.verdicts[name] ?? "it was not reached"
                #expect(verdict == "", "\(name): \(what)")
            }
            #expect(machine.verdicts.count == Self.checks.count + 1, "a check that is not known here")
            if machine.verdicts.values.contains(where: { $0 != "" }) || machine.verdicts["all"] == nil {
                Issue.record("the machine's journal: \(machine.journal.suffix(20_000))")
            }
        }
    }
}
