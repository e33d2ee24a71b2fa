import TestSupport
import Testing

@testable import DeployCore

@Suite("Durations in messages")
struct CoreDurationTextTests {
    @Test(
        "They are as people write them",
        arguments: [
            (Duration.zero, "0 ms"), (.milliseconds(100), "100 ms"), (.milliseconds(999), "999 ms"),
            (.seconds(2), "2 s"), (.milliseconds(1550), "1.5 s"), (.seconds(60), "60 s"),
        ])
    func text(duration: Duration, expected: String) {
        #expect(duration.text == expected)
    }
}
