import Testing

@testable import Linux

@Suite struct ProcessLimitsTests {
    @Test func `its own are those that the kernel tells of this process`() throws {
        let own = try #require(ProcessLimits(of: ThisProcess.pid))
        for limit in ResourceLimit.allCases { #expect(try own.hard[limit] == limit.current().hard, "\(limit)") }
        #expect(try #require(ProcessLimits.mostFiles()) >= 1024)
        #expect(ProcessLimits(of: -1) == nil)
    }

    @Test func `the hard limit is the second number, and the right to raise it a bit`() {
        let limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max cpu time              unlimited            unlimited            seconds
            Max processes             100                  200                  processes
            Max open files            1024                 524288               files
            """
        let without = ProcessLimits(limits: limits, status: "Name:\tx\nCapEff:\t0000000000000000\nThreads:\t1\n")
        #expect(without.hard == [.processorTime: ResourceLimit.unlimited, .processes: 200, .files: 524288])
        #expect(!without.mayRaise)
        #expect(ProcessLimits(limits: limits, status: "CapEff:\t0000000001000000\n").mayRaise)
        #expect(!ProcessLimits(limits: "", status: "").mayRaise)
    }

    @Test func `another process's group is found like one's own`() {
        let own = ControlGroup.own()
        let isVisible = own.map { Files.kind($0.path) == .directory } ?? false
        #expect(ControlGroup.of(pid: ThisProcess.pid) == (isVisible ? own : nil))
        #expect(ControlGroup.of(pid: -1) == nil)
    }
}
