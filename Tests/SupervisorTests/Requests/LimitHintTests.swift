import Linux
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("The limits that may have ended a worker")
struct LimitHintTests {
    private let limits = [
        LaunchOrder.Limit(resource: "files", value: 64), LaunchOrder.Limit(resource: "memory", value: 1 << 20),
        LaunchOrder.Limit(resource: "processorTime", value: 30),
    ]

    private func text(_ end: WorkerEnd, limits: [LaunchOrder.Limit]? = nil) -> String {
        LimitHint.text(on: end, limits: limits ?? self.limits, generation: ["memory": 64 << 20, "tasks": 5])
    }

    @Test("are named where they fit how it ended")
    func fits() {
        for name in ["SIGSEGV", "SIGABRT", "SIGTRAP"] {
            #expect(
                text(.signalled(name: name, dumpedCore: false)) == "; limits.memory is 1M: that may be too little")
        }
        #expect(
            text(.signalled(name: "SIGKILL", dumpedCore: false))
                == "; limits.memory is 1M, limits.processorTime is 30s: that may be too little")
        #expect(text(.exited(code: 127)) == "; limits.memory is 1M: that may be too little")
        #expect(text(.outOfMemory) == "; limits.generation.memory is 64M: that may be too little")
    }

    @Test("are not named where they do not, or there are none")
    func doesNotFit() {
        for end in [
            WorkerEnd.exited(code: 1), .signalled(name: "SIGTERM", dumpedCore: false), .gaveUp, .unobserved,
        ] {
            #expect(text(end) == "")
        }
        let unlimited = [LaunchOrder.Limit(resource: "memory", value: ResourceLimit.unlimited)]
        #expect(text(.signalled(name: "SIGSEGV", dumpedCore: false), limits: unlimited) == "")
        #expect(text(.signalled(name: "SIGSEGV", dumpedCore: false), limits: []) == "")
    }
}
