import Testing

@testable import DeployCore
@testable import Supervisor

@Suite struct SeldomLogTests {
    static func at(_ milliseconds: Int) -> Instant { Instant(sinceBoot: .milliseconds(milliseconds)) }

    @Test func `the same thing is said once a minute, with how often it was not`() {
        var seldom = SeldomLog()
        var said = [seldom.line("a", "no room", at: Self.at(0)), seldom.line("b", "no door", at: Self.at(1))]
        for number in 1...1000 { said.append(seldom.line("a", "no room", at: Self.at(number * 59))) }
        for moment in [60_000, 120_000] { said.append(seldom.line("a", "no room", at: Self.at(moment))) }
        #expect(
            said.compactMap { $0 } == [
                "no room", "no door", "no room (and 1,000 times since the last report)", "no room",
            ])
    }
}
