import Testing

@testable import deployd

@Suite("What the unit runs at a stop")
struct ServiceStopTests {
    @Test(
        "Only the job tells a restart from a stop",
        arguments: [
            ("123 deployd.service restart running\n", true), ("123 deployd.service stop running\n", false),
            ("1 other.service restart waiting\n2 deployd.service stop running\n", false),
            ("1 other.service start waiting\n2 deployd.service restart running\n", true), ("", false),
            ("No jobs running.\n", false),
        ])
    func jobs(text: String, isRestart: Bool) {
        #expect(ServiceStop.isRestart(text, "deployd.service") == isRestart)
    }
}
