import Linux
import Testing

@testable import StrictLoad

@Suite struct ArgumentsTests {
    @Test func theAddressAloneIsAPlan() throws {
        let arguments = try Arguments(["127.0.0.1:8080"])
        #expect(arguments.plan == LoadPlan(address: .v4(.loopback, port: 8080)))
        #expect(arguments.plan.sources.count == 32)
        #expect(!arguments.wantsJSON)
    }

    @Test func everyOptionIsRead() throws {
        let words = """
            [::1]:80 --mode idle --connections 64 --duration 1.5s --requests 10 --path /x --host www.foobar.com \
            --expect-status 200,300-399 --expect-body-any v1\\n --expect-body-any v2\\n --think 0ms-50us --timeout 3s \
            --rate 100 --source ::1 --json --versions out.csv --monotonic --allow-idle-close --pause 1ms \
            --body-bytes 64 --seed 7 --stop-at-failure
            """
        let arguments = try Arguments(words.split(separator: " ").map(String.init))
        var plan = LoadPlan(address: .v6(.loopback, port: 80, scope: 0))
        plan.mode = .idle
        plan.connections = 64
        plan.duration = 1_500_000_000
        plan.requests = 10
        plan.path = "/x"
        plan.host = "www.foobar.com"
        plan.expectedStatus = [200...200, 300...399]
        plan.expectedBodies = [Array("v1\n".utf8), Array("v2\n".utf8)]
        plan.think = 0...50_000
        plan.timeout = 3_000_000_000
        plan.rate = 100
        plan.sources = [.v6(.loopback, port: 0, scope: 0)]
        plan.isMonotonic = true
        plan.allowsIdleClose = true
        plan.pause = 1_000_000
        plan.bodyByteCount = 64
        plan.seed = 7
        plan.stopsAtFailure = true
        #expect(arguments.plan == plan)
        #expect(arguments.wantsJSON)
        #expect(arguments.versionsPath == "out.csv")
    }

    @Test func defaultsFollowTheMode() throws {
        #expect(try Arguments(["127.0.0.1:1", "--mode", "post"]).plan.path == "/echo")
        #expect(try Arguments(["127.0.0.1:1", "--mode", "idle"]).plan.think == 0...5_000_000_000)
        #expect(try Arguments(["unix:run/web.sock"]).plan.host == "localhost")
    }

    @Test func sourcesMayBeARangeOrLeftToTheKernel() throws {
        let ranged = try Arguments(["127.0.0.1:1", "--source", "127.0.0.9-127.0.0.11", "--source", "127.0.1.1"])
        #expect(
            ranged.plan.sources.map(\.description) == ["127.0.0.9:0", "127.0.0.10:0", "127.0.0.11:0", "127.0.1.1:0"])
        #expect(try Arguments(["127.0.0.1:1", "--source", "any"]).plan.sources.isEmpty)
    }

    @Test func aCycleThatIsAllowedIsNoFailure() throws {
        #expect(!(try Arguments(["127.0.0.1:1", "--monotonic", "--allow-cycle"]).plan.isMonotonic))
    }

    @Test(arguments: [
        [], ["a", "b"], ["localhost:80"], ["127.0.0.1:1", "--mode"], ["127.0.0.1:1", "--mode", "fast"],
        ["127.0.0.1:1", "--connections", "0"], ["127.0.0.1:1", "--duration", "10"], ["127.0.0.1:1", "--what", "1"],
        ["127.0.0.1:1", "--think", "5s-1s"], ["127.0.0.1:1", "--expect-status", "ok"],
        ["127.0.0.1:1", "--path", "/a b"],
        ["127.0.0.1:1", "--expect-body-any", "\\x"], ["127.0.0.1:1", "--source", "127.0.0.9-127.0.0.1"],
        ["127.0.0.1:1", "--source", "::1"], ["127.0.0.1:1", "--duration", "-1s"],
    ])
    func whatMakesNoPlanIsRefused(words: [String]) {
        #expect(throws: UsageError.self) { try Arguments(words) }
    }

    @Test func helpNeedsNoAddress() throws {
        #expect(try Arguments(["--help"]).wantsHelp)
    }
}
