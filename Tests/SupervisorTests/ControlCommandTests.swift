import Testing

@testable import Supervisor

@Suite("Control commands")
struct ControlCommandTests {
    @Test("A deploy takes an absolute path or a bare name")
    func release() throws {
        #expect(
            try ControlRequest(.deploy, release: "/srv/v2").command()
                == .deploy(release: .path("/srv/v2"), DeployTerms()))
        #expect(
            try ControlRequest(.deploy, release: "v2", wait: true, timeoutMilliseconds: 1500).command()
                == .deploy(release: .name("v2"), DeployTerms(wait: true, timeout: .milliseconds(1500))))
    }

    @Test(
        "A release that could mean something else in the master's directory is refused",
        arguments: ["", ".", "..", "a/b", "../v2", "a\0b"])
    func relativeRelease(name: String) {
        #expect(throws: ControlRefusal.self) { try ControlRequest(.deploy, release: name).command() }
    }

    @Test("A deploy without a release is refused, a roll-back without one is not")
    func missingRelease() throws {
        #expect(
            throws: ControlRefusal("deploy: no release given; expected \"release\", an absolute path or a name")
        ) { try ControlRequest(.deploy).command() }
        #expect(try ControlRequest(.rollback).command() == .rollback(to: nil, DeployTerms()))
        #expect(
            try ControlRequest(.rollback, force: true).command() == .rollback(to: nil, DeployTerms(), force: true))
    }

    @Test("Scale wants a number of workers in range", arguments: [nil, 0, -1, ControlRequest.maxWorkers + 1, Int.max])
    func scale(count: Int?) throws {
        #expect(throws: ControlRefusal.self) { try ControlRequest(.scale, count: count).command() }
        #expect(try ControlRequest(.scale, count: 4).command() == .scale(count: 4))
    }

    @Test("A timeout is at least a millisecond and at most a week", arguments: [0, -5, Int.max])
    func timeout(milliseconds: Int) {
        #expect(throws: ControlRefusal.self) {
            try ControlRequest(.restart, timeoutMilliseconds: milliseconds).command()
        }
    }

    @Test("A deploy takes a canary: the release's own, or a share of 1 to 99 percent")
    func canary() throws {
        var request = ControlRequest(.deploy, release: "v2")
        request.canary = true
        #expect(try request.command() == .deploy(release: .name("v2"), DeployTerms(canary: .own)))
        request.canaryPercent = 99
        #expect(try request.command() == .deploy(release: .name("v2"), DeployTerms(canary: .percent(99))))
        for percent in [0, 100, -1] {
            request.canaryPercent = percent
            #expect(throws: ControlRefusal("deploy: found a canary of \(percent) %, expected 1 to 99")) {
                try request.command()
            }
        }
        #expect(try ControlRequest(.promote).command() == .promote)
        #expect(try ControlRequest(.abort).command() == .abort)
    }

    @Test("A message is one line, bounded, and none where there is nothing in it")
    func message() throws {
        for (text, line) in [("Fix\n\n the\tcart ", "Fix the cart"), (" \n", nil), ("x", "x")] {
            var request = ControlRequest(.deploy, release: "v2")
            request.message = text
            var terms = DeployTerms()
            terms.message = line
            #expect(try request.command() == .deploy(release: .name("v2"), terms))
        }
        var request = ControlRequest(.restart)
        request.message = String(repeating: "é", count: 250)
        #expect(try request.command().verb == .restart)
        request.message? += "x"
        #expect(throws: ControlRefusal.self) { try request.command() }
    }

    @Test("Stop drains unless it is told not to")
    func stop() throws {
        #expect(try ControlRequest(.stop).command() == .stop(now: false))
        #expect(try ControlRequest(.stop, now: true).command() == .stop(now: true))
    }
}
