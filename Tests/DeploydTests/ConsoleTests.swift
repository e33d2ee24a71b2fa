import DeployCore
import Supervisor
import TestSupport
import Testing
import WebWorker

@testable import deployd

@Suite("The console")
struct ConsoleTests {
    @Test(
        "Only who asks this machine by its own names reads it",
        arguments: [
            ("127.0.0.1:9465", true), ("localhost", true), ("LocalHost:80", true), ("[::1]:9465", true),
            ("[::1]", true),
            ("www.foobar.com:9465", false), ("127.0.0.1.foobar.com", false), ("127.0.0.1:9465:1", false), ("", false),
            ("localhost:", false), ("127.0.0.1:port", false), ("127.0.0.2:9465", true), ("127.0.0.1.:80", false),
            ("128.0.0.1:80", false), ("127.1:80", false),
        ])
    func hosts(authority: String, isOwn: Bool) {
        #expect(ConsoleAccess.isLoopback(authority) == isOwn)
    }

    @Test("Only who holds the token acts, and from the console's own page")
    func actors() {
        let (access, host) = (ConsoleAccess(token: "0123456789abcdef"), "127.0.0.1:9465")
        func status(_ access: ConsoleAccess, origin: String?, _ authorization: String?, _ authority: String) -> Status?
        {
            do throws(ConsoleAccess.Refusal) {
                try access.requireActor(origin: origin, authorization: authorization, authority: authority)
                return nil
            } catch { return error.status }
        }
        let good = "Bearer 0123456789abcdef"
        #expect(status(access, origin: "http://127.0.0.1:9465", good, host) == nil)
        #expect(status(access, origin: nil, good, host) == nil, "curl sends none")
        for wrong in [nil, "", "Bearer", "Bearer 0123456789abcdee", "Bearer 0123456789abcdef0", "0123456789abcdef"] {
            #expect(status(access, origin: nil, wrong, host) == .unauthorized, "\(wrong ?? "none")")
        }
        for origin in ["http://127.0.0.1:9466", "https://127.0.0.1:9465", "http://evil.com", "null", ""] {
            #expect(status(access, origin: origin, good, host) == .forbidden, "\(origin)")
        }
        #expect(status(access, origin: "http://evil.com", good, "evil.com") == .misdirectedRequest)
        #expect(status(ConsoleAccess(token: nil), origin: nil, good, host) == .forbidden)
    }

    @Test("A token is new each time, and long")
    func tokens() {
        let tokens = (0..<20).map { _ in ConsoleAccess.makeToken() }
        #expect(Set(tokens).count == 20 && tokens.allSatisfy { $0.count == 64 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test("An order names a release of the releases directory, or is none")
    func orders() throws {
        typealias Body = ConsoleOrder.Body
        #expect(try ConsoleOrder("deploy", Body(release: "v2")) == .deploy("v2"))
        #expect(try ConsoleOrder("rollback", Body(release: nil)) == .rollback)
        #expect(try ConsoleOrder("maintenance-on", Body(release: nil)) == .maintenance(isOn: true))
        for release in [nil, "", "../v2", "/etc", ".removed-1", "a/b"] {
            #expect(throws: ConsoleAccess.Refusal.self) { try ConsoleOrder("deploy", Body(release: release)) }
        }
        for order in ["", "stop", "status", "scale"] {
            #expect(throws: ConsoleAccess.Refusal.self) { try ConsoleOrder(order, Body(release: nil)) }
        }
    }

    private func status(_ requests: Int, errors: Int, buckets: [Int]) -> StatusReport {
        let board = ScoreboardReport(
            requests: requests,
            statusClasses: .init(
                informational: 0, successful: requests - errors, redirection: 0, clientError: 0, serverError: errors),
            inFlight: 0, idle: 0, connections: 3, adopted: 0, handedOver: 0,
            latency: .init(p50: 0, p90: 0, p99: 0, buckets: buckets))
        let generation = GenerationReport(
            number: 7, release: "v2", path: "/r/v2", state: .serving, seconds: 1, scoreboard: board)
        return StatusReport(
            deployd: "1", master: MasterReport(pid: 1, uptimeSeconds: 1), stateDirectory: "/s", serving: 7,
            generations: [generation])
    }

    @Test("Sums become rates, and a sum that fell is none")
    func samples() throws {
        var samples = ConsoleSamples()
        samples.take(status(100, errors: 1, buckets: [0, 0, 100]), at: 10)
        #expect(samples.all == [])
        samples.take(status(140, errors: 3, buckets: [0, 0, 120, 0, 20]), at: 12)
        let generation = try #require(samples.all.first?.generations.first)
        #expect(generation.requests == 20 && generation.errors == 1 && generation.connections == 3)
        #expect(generation.p50 == ConsoleSamples.quantile(0.5, of: [0, 0, 20, 0, 20]))
        samples.take(status(30, errors: 0, buckets: []), at: 13)
        #expect(samples.all.last?.generations.first?.requests == 0)
        samples.take(status(30, errors: 0, buckets: []), at: 13)
        #expect(samples.all.count == 2, "no time has passed")
        for second in 14..<1000 { samples.take(status(30, errors: 0, buckets: []), at: Double(second)) }
        #expect(samples.all.count == ConsoleSamples.limit)
    }

    @Test("A quantile is the end of its bucket: two buckets to each doubling")
    func quantiles() {
        #expect(ConsoleSamples.quantile(0.5, of: []) == nil && ConsoleSamples.quantile(0.5, of: [0, 0]) == nil)
        #expect(ConsoleSamples.quantile(0.5, of: [0, 10]) == 2)
        #expect(ConsoleSamples.quantile(0.99, of: [0, 99, 0, 1]) == 2)
        #expect(ConsoleSamples.quantile(0.999, of: [0, 99, 0, 1]) == 4)
        let hostile = ConsoleSamples.quantile(0.99, of: [Int](repeating: .max, count: 200))
        #expect(hostile.map { $0.isFinite } == true)
    }
}
